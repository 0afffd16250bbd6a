/**
 * Waiting for descriptors without blocking: one epoll descriptor for each thread, tied to Node's loop.
 *
 * The process stays alive while a watch is armed, and ends by itself when none is.
 *
 * A worker thread with a watch must end by itself or by process.exit: `worker.terminate()` runs no exit
 * handler, and koffi aborts the process if a descriptor is ready at that moment.
 */
import { isMainThread } from 'node:worker_threads';
import { NativeBlock } from '../../native/block.js';
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  type PollHandle,
  epoll_create1,
  epoll_ctl,
  epoll_event,
  epoll_wait,
  pollReadable,
} from '../../native/epoll.js';
import { close } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';

/** What to wait for. An error or a hang-up of the far end is both: the next call tells. */
export type Direction = 'readable' | 'writable';

const bits = { readable: EPOLLIN, writable: EPOLLOUT } as const;

/** How many events one call brings. */
const batch = 128;
/** How many batches in a row before Node's timers and other handles have their turn. */
const mostBatches = 32;

/** Whom a watch calls. */
export interface Watcher {
  /** The descriptor is ready, or was a moment ago: use calls that do not wait. */
  readonly ready: () => void;
  /** The descriptor is about to be closed by its owner: the watch has ended. */
  readonly released: () => void;
}

/** Interest in one direction of a descriptor. */
export class Watch implements Disposable {
  readonly #entry: Entry;
  readonly #direction: Direction;
  readonly watcher: Watcher;
  #armed = false;
  #closed = false;

  /** For the event loop alone. */
  constructor(entry: Entry, direction: Direction, watcher: Watcher) {
    this.#entry = entry;
    this.#direction = direction;
    this.watcher = watcher;
  }

  /** Whether the callback is due when the descriptor is ready. */
  get armed(): boolean {
    return this.#armed;
  }

  /** Asks for the callback, as long as the descriptor is ready: until then the process stays alive. */
  arm(): void {
    if (this.#armed || this.#closed) return;
    this.#entry.want(bits[this.#direction]);
    this.#armed = true;
    this.#entry.loop.waiting(1);
  }

  /** Asks for no more callbacks. */
  disarm(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#entry.loop.waiting(-1);
  }

  /** Ends it for good. */
  close(): void {
    if (this.#closed) return;
    this.disarm();
    this.#closed = true;
    this.#entry.forget(this.#direction, this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What epoll knows of one descriptor. */
class Entry {
  readonly loop: EventLoop;
  readonly fd: number;
  /** Tells this use of the number from earlier ones. */
  readonly generation: number;
  readable: Watch | undefined;
  writable: Watch | undefined;
  /** The events that epoll watches for; none: it does not know the descriptor. */
  #events = 0;

  constructor(loop: EventLoop, fd: number, generation: number) {
    this.loop = loop;
    this.fd = fd;
    this.generation = generation;
  }

  want(events: number): void {
    if ((this.#events & events) === 0) this.#set(this.#events | events);
  }

  /** Calls whoever waits. Events that nobody waits for any more are given up here, not when they are disarmed: mostly someone waits again by then. */
  dispatch(events: number): void {
    const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
    let unwanted = 0;
    if (failed || (events & EPOLLIN) !== 0) {
      if (this.readable?.armed === true) this.#call(this.readable);
      else unwanted |= EPOLLIN;
    }
    if (failed || (events & EPOLLOUT) !== 0) {
      if (this.writable?.armed === true) this.#call(this.writable);
      else unwanted |= EPOLLOUT;
    }
    if (this.#events & unwanted) this.#set(this.#events & ~unwanted);
  }

  #call(watch: Watch): void {
    try {
      watch.watcher.ready();
    } catch (error) {
      // Nothing may leave the native callback. As an exception of Node's own loop it is seen.
      setImmediate(() => {
        throw error;
      });
    }
  }

  forget(direction: Direction, watch: Watch): void {
    if (this[direction] !== watch) return;
    this[direction] = undefined;
    const left = this.#events & ~bits[direction];
    if (left !== this.#events) this.#set(left);
    if (this.readable === undefined && this.writable === undefined) this.loop.drop(this);
  }

  #set(events: number): void {
    const operation =
      events === 0 ? EPOLL_CTL_DEL : this.#events === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    this.loop.control(operation, this, events);
    this.#events = events;
  }
}

export class EventLoop {
  readonly #entries = new Map<number, Entry>();
  readonly #block = new NativeBlock(epoll_event.size * (batch + 1));
  #epoll = -1;
  /** Referenced from here for the life of the thread. */
  #handle: PollHandle | undefined;
  #generation = 0;
  #waiting = 0;
  #readyAtOnce = 0;
  #keepsAlive = false;
  #settling = false;
  #ended = false;

  /**
   * Calls back whenever the descriptor is ready, from now on. One watch for each direction. Whoever
   * closes the descriptor says `release` before.
   *
   * @throws SystemError EBADF, EEXIST (watched already), EPERM (a regular file), EMFILE
   */
  watch(descriptor: Descriptor, direction: Direction, watcher: Watcher): Watch {
    this.#open();
    const { fd } = descriptor;
    let entry = this.#entries.get(fd);
    if (entry === undefined) {
      entry = new Entry(this, fd, this.#nextGeneration());
      this.#entries.set(fd, entry);
    }
    if (entry[direction] !== undefined) throw systemError('EEXIST', 'watch', `fd ${fd}`);
    const watch = new Watch(entry, direction, watcher);
    entry[direction] = watch;
    try {
      watch.arm();
    } catch (error) {
      watch.close();
      throw error;
    }
    return watch;
  }

  /**
   * Ends the watches of a descriptor that is about to close, and tells whoever waits: once it is closed
   * epoll forgets it silently, and its number may come back as something else.
   */
  release({ fd }: Descriptor): void {
    const entry = this.#entries.get(fd);
    if (entry === undefined) return;
    for (const watch of [entry.readable, entry.writable]) {
      watch?.close();
      watch?.watcher.released();
    }
  }

  /** Whether anybody watches a descriptor. */
  watches({ fd }: Descriptor): boolean {
    return this.#entries.has(fd);
  }

  /** Numbers of 32 bits: that is the room that epoll has for them beside the descriptor. */
  #nextGeneration(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    return this.#generation;
  }

  /** Whether the descriptor whose callback runs is not the only one that is ready. */
  get isCrowded(): boolean {
    return this.#readyAtOnce > 1;
  }

  /** Counts armed watches: one more, or one less. */
  waiting(change: 1 | -1): void {
    this.#waiting += change;
    if (this.#waiting > 0 && !this.#keepsAlive) {
      this.#keepsAlive = true;
      this.#handle?.ref();
    } else if (this.#waiting === 0) {
      this.#settle();
    }
  }

  /** Changes what epoll knows of a descriptor. */
  control(operation: number, entry: Entry, events: number): void {
    const { address, view } = this.#block;
    view.setUint32(epoll_event.events, events, true);
    view.setInt32(epoll_event.data, entry.fd, true);
    view.setUint32(epoll_event.data + 4, entry.generation, true);
    if (epoll_ctl(this.#epoll, operation, entry.fd, address) === 0) return;
    // A descriptor that closed before its watch is gone from epoll already.
    if (operation === EPOLL_CTL_DEL) return;
    throw new SystemError(lastErrno(), 'watch', `fd ${entry.fd}`);
  }

  drop(entry: Entry): void {
    if (this.#entries.get(entry.fd) === entry) this.#entries.delete(entry.fd);
  }

  #open(): void {
    if (this.#handle !== undefined || this.#ended) return;
    this.#epoll = epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw new SystemError(lastErrno(), 'epoll_create1');
    this.#handle = pollReadable(this.#epoll, () => this.#ready());
    this.#handle.unref();
    process.once('exit', () => this.#end());
  }

  /**
   * Node runs its loop once more while it cleans up: a callback into JavaScript then, because some
   * descriptor is ready, aborts the process.
   */
  #end(): void {
    this.#ended = true;
    this.#handle?.close();
    this.#handle = undefined;
    // A worker's descriptors outlive it.
    if (!isMainThread) close(this.#epoll);
  }

  #ready(): void {
    let rounds = 0;
    let count: number;
    do {
      count = epoll_wait(this.#epoll, this.#block.address + epoll_event.size, batch, 0);
      this.#readyAtOnce = count;
      for (let index = 1; index <= count; index++) this.#dispatch(epoll_event.size * index);
    } while (count > 0 && ++rounds < mostBatches);
    this.#settle();
  }

  #dispatch(at: number): void {
    const { view } = this.#block;
    const entry = this.#entries.get(view.getInt32(at + epoll_event.data, true));
    // The number may have been closed and opened again by a callback of this very batch.
    if (entry?.generation !== view.getUint32(at + epoll_event.data + 4, true)) return;
    entry.dispatch(view.getUint32(at + epoll_event.events, true));
  }

  /**
   * Once what the callbacks resolved has run, lets the process end if nobody waits. On Node 26 the
   * immediate is also what makes it run.
   */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    setImmediate(() => {
      this.#settling = false;
      if (this.#waiting > 0 || !this.#keepsAlive) return;
      this.#keepsAlive = false;
      this.#handle?.unref();
    });
  }
}

/** This thread's event loop. */
export const eventLoop = new EventLoop();
