/** Names of sockets: a path, a name in the abstract namespace, or none. */
import { sockaddr_un } from '../../native/socket.js';
import { systemError } from '../errors.js';
import { shareKind } from '../kind.js';

/** The longest name in bytes: a path has no terminating zero then, and the kernel takes it so. */
export const longestName = sockaddr_un.size - sockaddr_un.sun_path;

/**
 * How callers write a name: a path, or `{ abstract: name }`. Abstract names have no file and no file
 * permissions: any user of the network namespace can connect to one.
 */
export type AddressLike = string | { readonly abstract: string } | UnixAddress;

/**
 * The name of a socket, in the kernel's own bytes.
 *
 * @example
 * UnixAddress.from('/run/vm.sock').toString(); // '/run/vm.sock'
 * UnixAddress.from({ abstract: 'vm' }).toString(); // '@vm'
 */
export class UnixAddress {
  static {
    shareKind(this, 'UnixAddress');
  }

  /** The name of a socket that has none: an end of a pair, or a client that was never bound. */
  static readonly unnamed = new UnixAddress('unnamed', new Uint8Array());

  /** `unnamed`: an end of a pair, or a socket that was never bound. */
  readonly kind: 'path' | 'abstract' | 'unnamed';
  /** As in `sockaddr_un.sun_path`: an abstract name begins with a zero byte, a path ends without one. */
  readonly bytes: Uint8Array;

  private constructor(kind: UnixAddress['kind'], bytes: Uint8Array) {
    this.kind = kind;
    this.bytes = bytes;
  }

  /** @throws SystemError EINVAL, ENAMETOOLONG */
  static from(address: AddressLike): UnixAddress {
    if (address instanceof UnixAddress) return address;
    if (typeof address === 'string') {
      if (address === '') throw systemError('EINVAL', 'address', 'is an empty path');
      if (address.includes('\0')) {
        throw systemError('EINVAL', 'address', `${JSON.stringify(address)} has a zero byte`);
      }
      return new UnixAddress('path', checkLength(Buffer.from(address), address));
    }
    if (typeof address?.abstract !== 'string' || address.abstract === '') {
      throw systemError('EINVAL', 'address', 'is neither a path nor { abstract: name }');
    }
    return new UnixAddress(
      'abstract',
      checkLength(Buffer.from(`\0${address.abstract}`), `@${address.abstract}`),
    );
  }

  /** A name that the kernel gave; the bytes are copied. */
  static received(name: Uint8Array): UnixAddress {
    if (name.length === 0) return UnixAddress.unnamed;
    if (name[0] === 0) return new UnixAddress('abstract', name.slice());
    const end = name.indexOf(0);
    return new UnixAddress('path', name.slice(0, end < 0 ? name.length : end));
  }

  /** The path, if it is one. Bytes that are no UTF-8 are replaced: use it to show, not to open. */
  get path(): string | undefined {
    return this.kind === 'path' ? Buffer.from(this.bytes).toString() : undefined;
  }

  /** For people: the path, `@` and the abstract name, or `unnamed`. */
  toString(): string {
    if (this.kind === 'unnamed') return 'unnamed';
    return this.path ?? `@${Buffer.from(this.bytes.subarray(1)).toString()}`;
  }
}

function checkLength(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length <= longestName) return bytes;
  throw systemError(
    'ENAMETOOLONG',
    'address',
    `${name} has ${bytes.length} bytes; a socket's name has at most ${longestName}`,
  );
}
