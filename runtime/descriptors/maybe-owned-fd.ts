/** A descriptor that is either ours to close or somebody else's. */
import type { Descriptor } from '../codec/index.js';
import { invalidArgument } from '../arguments.js';
import { OwnedFd } from './owned-fd.js';

/**
 * Owned or borrowed, as the reference's type of the same name: closing a borrowed one does nothing.
 *
 * @example
 * using memory = MaybeOwnedFd.borrowed(shared);
 */
export class MaybeOwnedFd implements Descriptor, Disposable {
  readonly #descriptor: Descriptor;
  readonly #owned: OwnedFd | undefined;

  private constructor(descriptor: Descriptor, owned: OwnedFd | undefined) {
    this.#descriptor = descriptor;
    this.#owned = owned;
  }

  /** Closes the descriptor when it closes. */
  static owned(descriptor: OwnedFd): MaybeOwnedFd {
    if (!(descriptor instanceof OwnedFd)) {
      throw invalidArgument('MaybeOwnedFd', 'descriptor', descriptor, 'an OwnedFd');
    }
    return new MaybeOwnedFd(descriptor, descriptor);
  }

  /** Leaves the descriptor to its owner. */
  static borrowed(descriptor: Descriptor): MaybeOwnedFd {
    // A closed one tells so itself, when its number is asked for.
    if (typeof descriptor !== 'object' || descriptor === null || !('fd' in descriptor)) {
      throw invalidArgument('MaybeOwnedFd', 'descriptor', descriptor, 'a descriptor');
    }
    return new MaybeOwnedFd(descriptor, undefined);
  }

  /** @throws SystemError EBADF once its owner closed it */
  get fd(): number {
    return this.#descriptor.fd;
  }

  get isOwned(): boolean {
    return this.#owned !== undefined;
  }

  close(): void {
    this.#owned?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
