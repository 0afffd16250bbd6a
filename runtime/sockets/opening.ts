/** Opening sockets under a name, and connected to one; whatever fails on the way is closed. */
import { setTimeout as pause } from 'node:timers/promises';
import { errno } from '../../native/errno.js';
import { SO_PASSCRED, SO_SNDTIMEO } from '../../native/socket.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { checkTimeout, checkWait } from '../events/patience.js';
import type {
  BindOptions,
  ConnectAsyncOptions,
  ConnectOptions,
  SocketOptions,
} from './arguments.js';
import { callAgain } from './interrupted.js';
import { bindTo, connectTo, openSocket, probe } from './open-socket.js';
import { SocketFile, checkFileAccess } from './socket-file.js';
import { type SocketType, setNumber, setTimeLimit, shortestTimeLimit } from './socket-options.js';
import { type AddressLike, UnixAddress } from './unix-address.js';

/** A socket that has just been opened. */
export interface Opened {
  readonly owned: OwnedFd;
  readonly type: SocketType;
  /** Whether SO_PASSCRED is set. */
  readonly credentials: boolean;
  /** The file that it made, if its name is a path. */
  readonly file?: SocketFile | undefined;
}

/** Opens a socket, hands it to `prepare`, and closes it if that throws. */
function opened(type: SocketType, what: string, prepare: (owned: OwnedFd) => Opened): Opened {
  const owned = openSocket(type, what);
  try {
    return prepare(owned);
  } catch (error) {
    owned.close();
    throw error;
  }
}

/** Sets SO_PASSCRED if it is wanted: before bind or connect, so that no packet comes without. */
export function receiveCredentials(owned: OwnedFd, options: SocketOptions): boolean {
  if (options.credentials !== true) return false;
  setNumber(owned.fd, SO_PASSCRED, 1, owned.what);
  return true;
}

/** A socket bound to a name, or to an automatic one; `listen` comes before anyone can take the path over. */
export function openBound(
  like: AddressLike | undefined,
  type: SocketType,
  options: BindOptions,
  listen: (owned: OwnedFd) => void,
): Opened {
  const address = like === undefined ? UnixAddress.unnamed : UnixAddress.from(like);
  const access = options.access ?? {};
  checkFileAccess('bind', access);
  return opened(type, `socket bound to ${address.toString()}`, (owned) => {
    const credentials = receiveCredentials(owned, options);
    if (address.path !== undefined) {
      const binder = {
        fd: owned.fd,
        bind: () => bindTo(owned.fd, address),
        probe: () => probe(address),
      };
      const file = SocketFile.bind(address.path, binder, access, () => listen(owned));
      return { owned, type, credentials, file };
    }
    const failure = bindTo(owned.fd, address);
    if (failure !== 0) throw new SystemError(failure, 'bind', address.toString());
    listen(owned);
    return { owned, type, credentials };
  });
}

/** Connects, for as long as `timeoutMs` says. */
export function openConnected(like: AddressLike, options: ConnectOptions): Opened {
  const { timeoutMs, type = 'seqpacket' } = options;
  checkTimeout('connect', timeoutMs);
  const address = UnixAddress.from(like);
  return opened(type, `socket connected to ${address.toString()}`, (owned) => {
    const credentials = receiveCredentials(owned, options);
    if (timeoutMs !== undefined) setTimeLimit(owned.fd, SO_SNDTIMEO, timeoutMs * 1000, owned.what);
    const failure = -callAgain(() => -connectTo(owned.fd, address), timeoutMs);
    checkConnected(failure, address, timeoutMs);
    finish(owned, options);
    return { owned, type, credentials };
  });
}

/** How long to wait between two attempts to connect to a listener whose backlog is full, in milliseconds. */
const firstPause = 1;
const longestPause = 50;

/** The same without blocking: connect knows no MSG_DONTWAIT, so it is tried again and again, each time as shortly as can be. */
export async function openConnectedAsync(
  like: AddressLike,
  options: ConnectAsyncOptions,
): Promise<Opened> {
  const { timeoutMs, signal, type = 'seqpacket' } = options;
  checkWait('connect', options);
  const address = UnixAddress.from(like);
  const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  const socket = opened(type, `socket connected to ${address.toString()}`, (owned) => {
    const credentials = receiveCredentials(owned, options);
    setTimeLimit(owned.fd, SO_SNDTIMEO, shortestTimeLimit, owned.what);
    return { owned, type, credentials };
  });
  const { owned } = socket;
  try {
    let wait = firstPause;
    let failure = connectTo(owned.fd, address);
    while (mayPass(failure) && performance.now() < deadline) {
      const rest = Math.min(wait, Math.max(deadline - performance.now(), 0));
      // An abort ends the pause, and is told with its own reason.
      await pause(rest, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
      wait = Math.min(wait * 2, longestPause);
      failure = connectTo(owned.fd, address);
    }
    checkConnected(failure, address, timeoutMs);
    finish(owned, options);
    return socket;
  } catch (error) {
    owned.close();
    throw error;
  }
}

/** A full backlog, or a signal in between. */
function mayPass(failure: number): boolean {
  return failure === errno.EAGAIN || failure === errno.EINTR;
}

function checkConnected(
  failure: number,
  address: UnixAddress,
  timeoutMs: number | undefined,
): void {
  if (failure === 0) return;
  if (mayPass(failure)) {
    throw systemError('ETIMEDOUT', 'connect', `${address.toString()} within ${timeoutMs} ms`);
  }
  throw new SystemError(failure, 'connect', address.toString());
}

/** Sends block again; and the socket takes a name, if it is to be answered. */
function finish(owned: OwnedFd, options: ConnectOptions): void {
  setTimeLimit(owned.fd, SO_SNDTIMEO, 0, owned.what);
  if (options.autobind !== true) return;
  const failure = bindTo(owned.fd, UnixAddress.unnamed);
  if (failure !== 0) throw new SystemError(failure, 'bind', 'an automatic name');
}
