/** Runs the recorded requests through `execute`, on VMs like the recorder's. */
import { isDeepStrictEqual } from 'node:util';
import {
  AddressSpace,
  type VmRequest,
  type VmResponse,
} from '../../../generated/vm_control/vm_control.js';
import { vmResponses } from '../../../runtime/control/messages.js';
import { ExecuteContext } from '../../../runtime/control/context.js';
import { execute } from '../../../runtime/control/execute.js';
import { BalloonSocket } from '../../../runtime/control/balloon-socket.js';
import { SystemError } from '../../../runtime/errors.js';
import { BumpAllocator } from '../../../runtime/memory/allocator.js';
import { EventFd } from '../../../runtime/memory/eventfd.js';
import { type FdSocket, socketPair } from '../../../runtime/sockets/fd-socket.js';
import type { TargetKind, TestVm } from '../../control/targets.js';
import { toJson } from '../peers/typescript/values.js';
import { descriptorFor } from './bad-descriptors.js';
import { type Expected, type Exception, exceptions, expectedAnswers } from './exceptions.js';
import {
  type ExecuteRow,
  type TracedAnswer,
  type TracedMessage,
  breaksBalloon,
  vmRuns,
} from './rows.js';

/** What came of one row. */
export interface RowOutcome extends Expected {
  readonly got: unknown;
  /** What is wrong, or undefined. */
  readonly problem: string | undefined;
}

/** Executes every row on VMs of a kind. */
export function runExecuteTraces(kind: TargetKind, rows: readonly ExecuteRow[]): RowOutcome[] {
  return vmRuns(rows).flatMap((run) => {
    using recorder = new Recorder(kind, run.section === 'nomem-vm' ? 0 : 65_536);
    return expectedAnswers(run.rows).map((expected) =>
      outcomeOf(expected, recorder.answer(expected.row)),
    );
  });
}

export function outcomeOf(expected: Expected, got: unknown): RowOutcome {
  const { row, answer, exception } = expected;
  if (isDeepStrictEqual(got, answer)) return { ...expected, got, problem: undefined };
  const recorded = JSON.stringify(row.response);
  const stale = exception !== undefined && JSON.stringify(responseIn(got)) === recorded;
  const problem = stale
    ? `the exception "${exception.name}" is no longer needed`
    : 'another answer';
  return { ...expected, got, problem };
}

function responseIn(got: unknown): unknown {
  return typeof got === 'object' && got !== null && 'response' in got ? got.response : undefined;
}

/** Exceptions that no row needs. */
export function staleExceptions(outcomes: readonly RowOutcome[]): Exception[] {
  return exceptions.filter((each) => !outcomes.some(({ exception }) => exception === each));
}

/** One VM of the recorder, and what it is controlled with. */
class Recorder implements Disposable {
  readonly #vm: TestVm;
  readonly #allocator = new BumpAllocator(1n << 38n);
  readonly #context: ExecuteContext;
  readonly #vmEnd: FdSocket;
  readonly #deviceEnd: FdSocket;
  readonly #events = new Map<string, EventFd>();

  constructor(kind: TargetKind, ramSize: number) {
    this.#vm = kind.create({ ramSize, irqchip: false });
    [this.#vmEnd, this.#deviceEnd] = socketPair();
    this.#context = new ExecuteContext(this.#vm.vm, {
      policy: 'crosvm2018',
      allocator: this.#allocator,
      balloon: new BalloonSocket(this.#vmEnd),
    });
  }

  answer(row: ExecuteRow): TracedAnswer {
    if (breaksBalloon(row)) this.#breakBalloon(row.name);
    const before = this.#nextPfn;
    const response = toTrace(this.#perform(row));
    const answer = {
      response,
      next_pfn_before: before,
      next_pfn: this.#nextPfn,
      running: this.#context.running,
    };
    const balloon = this.#balloonReceived();
    return balloon === undefined ? answer : { ...answer, balloon };
  }

  get #nextPfn(): string {
    return String(this.#allocator.next >> 12n);
  }

  #perform(row: ExecuteRow): VmResponse {
    if (row.request === undefined) return execute(this.#local(row), this.#context);
    const { variant, fields } = row.request;
    const memory = descriptorFor(row);
    try {
      if (memory !== undefined) {
        const size = BigInt(fields['size'] ?? 0);
        return execute({ type: 'registerMemory', memory, size }, this.#context);
      }
      return execute(withoutMemory(variant, fields), this.#context);
    } finally {
      memory?.close();
    }
  }

  /** `register-ioevent mmio 4096 0 1`, `register-irqfd 4 0`: what never travels. */
  #local({ name }: ExecuteRow): VmRequest {
    const [what, ...words] = name.split(' ');
    const event = this.#event(words.at(-1) ?? '');
    if (what === 'register-irqfd') return { type: 'registerIrqfd', event, irq: Number(words[0]) };
    if (what !== 'register-ioevent') throw new Error(`no such request: ${name}`);
    const [space, address, datamatch] = words;
    return {
      type: 'registerIoevent',
      event,
      space: space === 'pio' ? AddressSpace.pio : AddressSpace.mmio,
      address: BigInt(address ?? 0),
      datamatch: Number(datamatch),
    };
  }

  #event(name: string): EventFd {
    const event = this.#events.get(name) ?? EventFd.create();
    this.#events.set(name, event);
    return event;
  }

  /** One packet of the balloon's far end, if there is one, and if there is a far end. */
  #balloonReceived(): string | undefined {
    if (this.#deviceEnd.closed) return undefined;
    const buffer = new Uint8Array(8);
    try {
      const { length } = this.#deviceEnd.recv(buffer, { dontWait: true });
      // Nothing is what a socket reads that was shut down.
      return length === 0 ? undefined : Buffer.from(buffer.subarray(0, length)).toString('hex');
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  /** Brings the balloon's sockets into the state that the row was recorded in. */
  #breakBalloon(name: string): void {
    if (name.includes('queue full')) {
      this.#sendUntil('EAGAIN');
    } else if (name.includes('shut down')) {
      this.#vmEnd.shutdown();
    } else {
      this.#deviceEnd.close();
      // The first failure after the close is told as ECONNREFUSED, and disconnects.
      if (/again|unconnected/.test(name)) this.#sendUntil('ECONNREFUSED');
    }
  }

  #sendUntil(code: string): void {
    try {
      for (let sent = 0; sent < 10_000; sent++)
        this.#vmEnd.send(new Uint8Array(4), [], { dontWait: true });
    } catch (error) {
      if (error instanceof SystemError && error.code === code) return;
      throw error;
    }
    throw new Error(`the balloon's socket never said ${code}`);
  }

  [Symbol.dispose](): void {
    this.#context.close();
    this.#vm[Symbol.dispose]();
    for (const event of this.#events.values()) event.close();
    this.#vmEnd.close();
    this.#deviceEnd.close();
  }
}

function withoutMemory(variant: string, fields: TracedMessage['fields']): VmRequest {
  switch (variant) {
    case 'exit':
      return { type: 'exit' };
    case 'unregister_memory':
      return { type: 'unregisterMemory', slot: Number(fields['slot']) };
    case 'balloon_adjust':
      return { type: 'balloonAdjust', numPages: Number(fields['num_pages']) };
    default:
      throw new Error(`no such request: ${variant}`);
  }
}

function toTrace(response: VmResponse): TracedMessage {
  const { variant, fields } = toJson(vmResponses.description, { ...response });
  return { variant, fields: fields as TracedMessage['fields'] }; // no member of it is an array
}
