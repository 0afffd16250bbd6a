/** The VM's end of what it has agreed on with the built-in guest: mailbox, interrupt and doorbell. */
import { AddressSpace, type VmRequest } from '../../generated/vm_control/vm_control.js';
import type { AuditEntry } from '../control/audit.js';
import type { ExecuteContext } from '../control/context.js';
import { execute } from '../control/execute.js';
import { VmRefusedError } from '../control/refusal.js';
import { EventFd } from '../memory/eventfd.js';
import type { GuestMemory } from '../memory/guest-memory.js';
import { echoGuest } from './echo-guest.js';

/** What the guest's tables map of device memory (see `setUpLongMode`): it must not be sent elsewhere. */
const windowStart = 1n << 38n;
const windowEnd = windowStart + (1n << 30n);
const pageSize = 4096n;

/** What a link tells. */
export interface EchoLinkEvents {
  /** A request that never travels was executed here. */
  readonly executed?: ((request: VmRequest) => void) | undefined;
  /** The guest was told of memory by its interrupt. */
  readonly told?: ((gpa: bigint) => void) | undefined;
  /** The guest rang its doorbell: it is ready, or has answered. */
  readonly rung?: (() => void) | undefined;
}

/**
 * Tells the guest of memory that clients register, one piece at a time, and hears its answers.
 *
 * Without a guest (a simulated VM has none) it only registers its events.
 */
export class EchoLink implements Disposable {
  readonly #memory: GuestMemory | undefined;
  readonly #mailbox: bigint;
  readonly #events: EchoLinkEvents;
  readonly #interrupt = EventFd.create();
  readonly #doorbell = EventFd.create();
  /** Memory that the guest has not been told of, by its slot. */
  readonly #waiting = new Map<number, bigint>();
  /** Until the first ring: an interrupt before the guest has set up its controller would be lost. */
  #busy = true;

  /**
   * @param memory the guest's RAM, or undefined if there is no guest
   * @param entry where its image lies
   * @throws VmRefusedError if the VM takes neither event
   */
  constructor(
    context: ExecuteContext,
    memory: GuestMemory | undefined,
    entry: bigint,
    events: EchoLinkEvents = {},
  ) {
    this.#memory = memory;
    this.#mailbox = entry + BigInt(echoGuest.mailboxOffset);
    this.#events = events;
    try {
      this.#register(context, {
        type: 'registerIoevent',
        event: this.#doorbell,
        space: AddressSpace.pio,
        address: echoGuest.doorbellPort,
        datamatch: 1,
      });
      const irq = echoGuest.gsi;
      this.#register(context, { type: 'registerIrqfd', event: this.#interrupt, irq });
    } catch (error) {
      this.close();
      throw error;
    }
    void this.#listen();
  }

  #register(context: ExecuteContext, request: VmRequest): void {
    const response = execute(request, context);
    if (response.type === 'err') throw new VmRefusedError(request.type, response.errno);
    this.#events.executed?.(request);
  }

  /** Tells the guest, if a request was a registration that it can reach; not if it was taken away before. */
  follow({ request, response }: AuditEntry): void {
    if (request?.type === 'unregisterMemory' && response?.type === 'ok') {
      this.#waiting.delete(request.slot);
    }
    if (this.#memory === undefined || response?.type !== 'registerMemory') return;
    const gpa = response.pfn * pageSize;
    if (gpa < windowStart || gpa + pageSize > windowEnd) return;
    this.#waiting.set(response.slot, gpa);
    this.#tellNext();
  }

  #tellNext(): void {
    const [next] = this.#busy ? [] : this.#waiting;
    if (next === undefined) return;
    const [slot, gpa] = next;
    this.#waiting.delete(slot);
    this.#busy = true;
    this.#memory?.writeBigUint64(this.#mailbox, gpa);
    this.#interrupt.write();
    this.#events.told?.(gpa);
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        await this.#doorbell.readAsync();
        this.#busy = false;
        this.#events.rung?.();
        this.#tellNext();
      }
    } catch {
      // It was closed.
    }
  }

  close(): void {
    this.#doorbell.close();
    this.#interrupt.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
