/** A server of control sockets: any number of them, and of clients, for one VM. */
import { FD_CLOEXEC, F_SETFD, fcntl } from '../../native/fd.js';
import { SO_ACCEPTCONN, SO_PASSCRED } from '../../native/socket.js';
import { OwnedFd } from '../descriptors/owned-fd.js';
import { systemError } from '../errors.js';
import { eventLoop } from '../events/event-loop.js';
import { checkInteger, invalidArgument } from '../arguments.js';
import { FdSocket } from '../sockets/fd-socket.js';
import { type SocketType, getNumber, setNumber, socketType } from '../sockets/socket-options.js';
import { type AddressLike, UnixAddress } from '../sockets/unix-address.js';
import { type ControlAccess, checkAccess } from './access.js';
import type { AuditEntry } from './audit.js';
import { Connection } from './connection.js';
import { ExecuteContext } from './context.js';
import { DatagramService } from './datagrams.js';
import { Listener } from './listener.js';
import { RequestHandler } from './request-handler.js';

/** How a server behaves. */
export interface ControlServerOptions {
  /** Clients at one time, 1,024 unless told; more wait until one leaves. */
  readonly maxClients?: number | undefined;
  /** Told of each request and its result. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined;
  /** Told of faults of this program that a request met; its client is answered EIO. By default a warning. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** One socket of a server. */
export interface ServeOptions {
  /** `seqpacket` unless told. `datagram` is for peers of 2018. */
  readonly type?: SocketType | undefined;
  readonly access?: ControlAccess | undefined;
  /** Abstract addresses have no file permissions, so they must be asked for. */
  readonly allowAbstract?: boolean | undefined;
  /** Connections that may wait to be accepted, 128 unless told. */
  readonly backlog?: number | undefined;
}

/**
 * Serves requests on sockets, and executes them on the VM of a context. What clients registered
 * outlives their connections: it ends with the context.
 *
 * Under the strict policy a request that can't be understood is answered EPROTO, and a sender that may
 * not speak EPERM. Everything runs on this thread's event loop, which stays alive until `close`.
 *
 * @example
 * const server = new ControlServer(context, { audit: (entry) => console.log(auditLine(entry)) });
 * server.listen('/run/vm.sock');
 * await server.exited;
 * server.close();
 */
export class ControlServer implements Disposable {
  /** Resolves when a client has asked the VM to exit, and was answered. */
  readonly exited: Promise<void>;
  readonly #context: ExecuteContext;
  readonly #handler: RequestHandler;
  readonly #maxClients: number;
  readonly #connections = new Set<Connection>();
  readonly #onFault: (error: unknown) => void;
  readonly #listeners = new Set<Listener>();
  readonly #datagrams = new Set<DatagramService>();
  #resolveExited: () => void = nothing;
  #closed = false;

  constructor(context: ExecuteContext, options: ControlServerOptions = {}) {
    const { maxClients = 1024, audit = () => {}, onFault = warn } = options;
    checkInteger('ControlServer', 'maxClients', maxClients, 1, 1_000_000);
    if (!(context instanceof ExecuteContext)) {
      throw invalidArgument('ControlServer', 'context', context, 'an ExecuteContext');
    }
    this.#context = context;
    this.#onFault = onFault;
    this.#maxClients = maxClients;
    this.#handler = new RequestHandler(context, audit, onFault);
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
  }

  /**
   * Clients that are connected now, and those that left descriptors behind which are still being
   * closed. Datagram senders are not: they have no connection.
   */
  get clients(): number {
    return this.#connections.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Serves a socket under a name. Its file has mode 0600 from the first moment, a file that a dead
   * server left behind is replaced, and its own is removed by `close` and when the process exits.
   *
   * @throws SystemError EADDRINUSE if something else is there, or a live socket; EACCES, ENOENT,
   *   ENAMETOOLONG; EPERM for an abstract name that was not asked for
   */
  listen(like: AddressLike, options: ServeOptions = {}): void {
    const { type = 'seqpacket', access = {}, backlog } = options;
    this.#checkOpen('listen');
    checkAccess('listen', access);
    const address = UnixAddress.from(like);
    if (address.kind !== 'path' && options.allowAbstract !== true) {
      const subject = `${address.toString()} (any user can connect to it: set allowAbstract)`;
      throw systemError('EPERM', 'listen', subject);
    }
    const socket =
      type === 'seqpacket'
        ? FdSocket.listen(address, { access, backlog })
        : FdSocket.bind(address, { type, access, credentials: true });
    this.#serve(socket, access);
  }

  /**
   * Serves a socket that somebody else has bound, and given to this process by its number (systemd's
   * socket activation, a parent process): a listening seqpacket socket, or a datagram socket. The
   * descriptor belongs to the server from then on; children do not inherit it. What can't be served
   * stays open: the number may be somebody else's.
   *
   * @param fd the number, 3 or more
   * @throws SystemError EBADF, ENOTSOCK, EAFNOSUPPORT, ESOCKTNOSUPPORT, EINVAL if it doesn't listen,
   *   EBUSY if it is served already
   */
  adopt(fd: number, access: ControlAccess = {}): void {
    this.#checkOpen('adopt');
    checkAccess('adopt', access);
    checkInteger('adopt', 'fd', fd, 3, 0x7fff_ffff);
    const what = `socket ${fd}`;
    if (eventLoop.watches({ fd })) throw systemError('EBUSY', 'adopt', what);
    if (socketType(fd, what) === 'datagram') {
      // Whoever bound it need not have asked for its senders' credentials.
      setNumber(fd, SO_PASSCRED, 1, what);
    } else if (getNumber(fd, SO_ACCEPTCONN, what) === 0) {
      throw systemError('EINVAL', 'adopt', `${what} (it does not listen)`);
    }
    // Can't fail for a descriptor that is open.
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    this.#serve(FdSocket.fromFd(OwnedFd.adopt(fd, what)), access);
  }

  /**
   * Serves one client at the far end of a connected socket, such as an end of a pair. Whoever holds
   * that end may speak. The socket belongs to the server from then on.
   *
   * @example
   * const [mine, theirs] = socketPair('seqpacket');
   * server.attach(mine);
   */
  attach(socket: FdSocket): void {
    this.#checkOpen('attach');
    if (!(socket instanceof FdSocket)) {
      throw invalidArgument('attach', 'socket', socket, 'an FdSocket');
    }
    this.#admit(socket);
  }

  #serve(socket: FdSocket, access: ControlAccess): void {
    try {
      if (socket.type === 'seqpacket') {
        const hasRoom = (): boolean => this.#connections.size < this.#maxClients;
        const admit = (client: FdSocket): void => this.#admit(client);
        const failed = (listener: Listener, error: unknown): void => {
          this.#listeners.delete(listener);
          this.#onFault(error);
        };
        this.#listeners.add(new Listener(socket, access, { hasRoom, admit, failed }));
      } else {
        const answered = (): void => this.#answered();
        const failed = (service: DatagramService, error: unknown): void => {
          this.#datagrams.delete(service);
          this.#onFault(error);
        };
        const owner = { handler: this.#handler, answered, failed };
        this.#datagrams.add(new DatagramService(socket, access, owner));
      }
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #admit(client: FdSocket): void {
    const connection = new Connection(client, client.peerCredentials, {
      handler: this.#handler,
      answered: () => this.#answered(),
      ended: (over) => this.#ended(over),
    });
    this.#connections.add(connection);
  }

  #answered(): void {
    if (this.#context.running) return;
    this.#resolveExited();
    // Once: Node hears of each further time, and makes an event of it.
    this.#resolveExited = nothing;
  }

  #ended(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#closed) return;
    for (const listener of this.#listeners) listener.resume();
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw systemError('EBADF', operation, 'a server that is closed');
  }

  /** Closes every socket and removes their files. The context stays as it is. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#listeners) listener.close();
    for (const service of this.#datagrams) service.close();
    for (const connection of this.#connections) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function nothing(): void {}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
