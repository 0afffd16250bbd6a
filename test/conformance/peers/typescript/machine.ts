/** The VM that `execute` works on: that of the reference's recorder, 64 KiB of RAM and a balloon socket. */
import { ExecuteContext } from '../../../../runtime/control/context.js';
import { execute } from '../../../../runtime/control/execute.js';
import {
  recvVmRequest,
  sendVmResponse,
  vmRequests,
  vmResponses,
} from '../../../../runtime/control/messages.js';
import { BalloonSocket } from '../../../../runtime/control/balloon-socket.js';
import { SystemError } from '../../../../runtime/errors.js';
import type { Policy } from '../../../../runtime/codec/index.js';
import {
  AddressAllocator,
  BumpAllocator,
  type RangeAllocator,
} from '../../../../runtime/memory/allocator.js';
import { type FdSocket, socketPair } from '../../../../runtime/sockets/fd-socket.js';
import { kvmMissing, targets } from '../../../control/targets.js';
import { toJson } from './values.js';

const deviceMemoryStart = 1n << 38n;

/** Made at the first `execute`: whoever only sends and receives needs no VM. */
export class Machine {
  readonly #allocator: RangeAllocator;
  readonly #context: ExecuteContext;
  readonly #policy: Policy;
  readonly #balloon: FdSocket;

  constructor(policy: Policy) {
    const kind = targets.find(
      ({ name }) => name === (kvmMissing() === undefined ? 'Vm' : 'SimulatedVm'),
    );
    if (kind === undefined) throw new Error('no kind of VM');
    const [vmEnd, deviceEnd] = socketPair();
    this.#policy = policy;
    this.#balloon = deviceEnd;
    this.#allocator =
      policy === 'strict'
        ? new AddressAllocator(deviceMemoryStart, 1n << 46n)
        : new BumpAllocator(deviceMemoryStart);
    this.#context = new ExecuteContext(kind.create({ ramSize: 65_536, irqchip: false }).vm, {
      policy,
      allocator: this.#allocator,
      balloon: new BalloonSocket(vmEnd),
    });
  }

  /** Receives a request, executes it, sends the response. @throws VmControlError */
  step(socket: FdSocket): object {
    const request = recvVmRequest(socket, this.#policy);
    const memory = request.type === 'registerMemory' ? request.memory : undefined;
    try {
      const response = execute(request, this.#context);
      sendVmResponse(socket, response);
      const { variant, fields } = toJson(vmRequests.description, { ...request });
      const answered = toJson(vmResponses.description, { ...response });
      return {
        ok: true,
        request: { variant, fields },
        response: { variant: answered.variant, fields: answered.fields },
        next_pfn: String(this.#nextAddress() >> 12n),
        running: this.#context.running,
        balloon: this.#balloonReceived(),
      };
    } finally {
      memory?.close();
    }
  }

  /** Where one page would go next. */
  #nextAddress(): bigint {
    const address = this.#allocator.allocate(4096n);
    this.#allocator.cancel(address);
    return address;
  }

  #balloonReceived(): string | null {
    const buffer = new Uint8Array(64);
    try {
      const { length } = this.#balloon.recv(buffer, { dontWait: true });
      return Buffer.from(buffer.subarray(0, length)).toString('hex');
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return null;
      throw error;
    }
  }
}
