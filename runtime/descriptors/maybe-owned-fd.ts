/** A descriptor that is either ours to close or somebody else's. */
import type { Descriptor } from '../codec/index.js';
import type { OwnedFd } from './owned-fd.js';

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
    return new MaybeOwnedFd(descriptor, descriptor);
  }

  /** Leaves the descriptor to its owner. */
  static borrowed(descriptor: Descriptor): MaybeOwnedFd {
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
