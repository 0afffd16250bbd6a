/** `execute` under the strict policy: what it does, what it refuses, and that a refusal leaves nothing. */
import { constants } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AddressSpace,
  type VmRequest,
  type VmResponse,
} from '../../generated/vm_control/vm_control.js';
import { errno } from '../../native/errno.js';
import { fcntl } from '../../native/fd.js';
import { F_ADD_SEALS, F_SEAL_FUTURE_WRITE, F_SEAL_WRITE } from '../../native/memory.js';
import { ExecuteContext, type ExecuteOptions } from '../../runtime/control/context.js';
import { execute } from '../../runtime/control/execute.js';
import type { SimulatedVm } from '../../runtime/vm/simulated.js';
import type { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { systemError } from '../../runtime/errors.js';
import { AddressAllocator } from '../../runtime/memory/allocator.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { testIf } from '../skip.js';
import { closedNumber, file, memfd, open } from './memfd.js';
import { leavesNothingOpen } from './open-resources.js';
import { type TargetKind, simulation, targets } from './targets.js';

const test = suite('execute');
const firstPfn = 1n << 26n;

/** A VM with its context. */
class Machine implements Disposable {
  readonly context: ExecuteContext;
  readonly #vm;

  constructor(kind: TargetKind, options: ExecuteOptions = {}) {
    this.#vm = kind.create({ ramSize: 65_536, irqchip: true });
    this.context = new ExecuteContext(this.#vm.vm, options);
  }

  get slotsInUse(): number {
    return this.#vm.vm.slotsInUse;
  }

  run(request: VmRequest): VmResponse {
    return execute(request, this.context);
  }

  /** Registers memory, and closes the descriptor as a server does. */
  register(size: bigint, memory: OwnedFd = memfd(size)): VmResponse {
    try {
      return this.run({ type: 'registerMemory', memory, size });
    } finally {
      memory.close();
    }
  }

  [Symbol.dispose](): void {
    this.context.close();
    this.#vm[Symbol.dispose]();
  }
}

function refused(code: keyof typeof errno): VmResponse {
  return { type: 'err', errno: errno[code] };
}

function registered(pfn: bigint, slot: number): VmResponse {
  return { type: 'registerMemory', pfn, slot };
}

function sealed(bits: number): OwnedFd {
  const memory = memfd(4096n);
  assert.is(fcntl(memory.fd, F_ADD_SEALS, bits), 0);
  return memory;
}

/** Every registration that is refused under the strict policy: size, what is sent, and the answer. */
const refusals: readonly (readonly [string, bigint, () => OwnedFd, keyof typeof errno])[] = [
  ['size 0', 0n, () => memfd(4096n), 'EINVAL'],
  ['size 1', 1n, () => memfd(4096n), 'EINVAL'],
  ['size 4095', 4095n, () => memfd(4096n), 'EINVAL'],
  ['size 4097', 4097n, () => memfd(8192n), 'EINVAL'],
  ['size 2^64-1', 2n ** 64n - 1n, () => memfd(4096n), 'EINVAL'],
  ['size 2^64-4096', 2n ** 64n - 4096n, () => memfd(4096n), 'EINVAL'],
  ['size 2^53', 2n ** 53n, () => memfd(4096n), 'EINVAL'],
  ['more than the limit', (1n << 40n) + 4096n, () => memfd(4096n), 'ENOSPC'],
  ['memory of 0 bytes', 4096n, () => memfd(0n), 'EINVAL'],
  ['memory that is smaller', 8192n, () => memfd(8191n), 'EINVAL'],
  ['a device', 4096n, () => open('/dev/null'), 'EINVAL'],
  ['a device that can be mapped', 4096n, () => open('/dev/zero'), 'EINVAL'],
  ['a directory', 4096n, () => open('/', constants.O_RDONLY), 'EINVAL'],
  ['sealed against writing', 4096n, () => sealed(F_SEAL_WRITE), 'EPERM'],
  ['sealed against more writers', 4096n, () => sealed(F_SEAL_FUTURE_WRITE), 'EPERM'],
];

for (const kind of targets) {
  const check = (name: string, run: () => void | Promise<void>): void =>
    testIf(test, kind.missing, `${kind.name}: ${name}`, run);

  check('memory is placed first fit, and its address and slot are used again', () => {
    using machine = new Machine(kind);
    assert.equal(machine.register(4096n), registered(firstPfn, 1));
    assert.equal(machine.register(8192n), registered(firstPfn + 1n, 2));
    assert.equal(machine.register(4096n), registered(firstPfn + 3n, 3));
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 2 }), { type: 'ok' });
    assert.equal(machine.register(12_288n), registered(firstPfn + 4n, 2));
    assert.equal(machine.register(4096n), registered(firstPfn + 1n, 4));
    assert.equal(machine.context.memory.usage, { bytes: 24_576n, slots: 4 });
  });

  for (const [what, size, create, code] of refusals) {
    check(`refused and rolled back: ${what}`, async () => {
      await leavesNothingOpen(() => {
        using machine = new Machine(kind);
        const before = machine.slotsInUse;
        assert.equal(machine.register(size, create()), refused(code));
        assert.is(machine.slotsInUse, before);
        assert.equal(machine.context.memory.usage, { bytes: 0n, slots: 0 });
        // Neither slot nor address was lost.
        assert.equal(machine.register(4096n), registered(firstPfn, 1));
      });
    });
  }

  check('a descriptor that is closed is EINVAL', () => {
    using machine = new Machine(kind);
    const request: VmRequest = { type: 'registerMemory', memory: closedNumber(), size: 4096n };
    assert.equal(machine.run(request), refused('EINVAL'));
  });

  check('backing any takes what can be mapped, and holds memfds to their size', () => {
    using machine = new Machine(kind, { backing: 'any' });
    assert.equal(machine.register(4096n, open('/dev/zero')), registered(firstPfn, 1));
    assert.equal(machine.register(8192n, memfd(4096n)), refused('EINVAL'));
    assert.equal(machine.register(4096n, file(constants.O_RDONLY)), refused('EACCES'));
    assert.equal(machine.register(4096n, open('/dev/null')), refused('ENODEV'));
  });

  check('limits of bytes and slots are ENOSPC until something is unregistered', () => {
    using machine = new Machine(kind, { limits: { bytes: 16_384n, slots: 2 } });
    assert.is(machine.register(12_288n).type, 'registerMemory');
    assert.equal(machine.register(8192n), refused('ENOSPC'));
    assert.is(machine.register(4096n).type, 'registerMemory');
    assert.equal(machine.register(4096n), refused('ENOSPC'));
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 1 }), { type: 'ok' });
    assert.equal(machine.register(12_288n), registered(firstPfn, 1));
  });

  check('a device window that is full is ENOSPC until something is unregistered', () => {
    const allocator = new AddressAllocator(1n << 38n, (1n << 38n) + 8192n);
    using machine = new Machine(kind, { allocator });
    assert.is(machine.register(8192n).type, 'registerMemory');
    assert.equal(machine.register(4096n), refused('ENOSPC'));
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 1 }), { type: 'ok' });
    assert.is(machine.register(4096n).type, 'registerMemory');
  });

  check('only what a client registered can be unregistered', () => {
    using machine = new Machine(kind);
    for (const slot of [0, 1, 99, 2 ** 31, 2 ** 32 - 1]) {
      assert.equal(machine.run({ type: 'unregisterMemory', slot }), refused('ENOENT'));
    }
  });

  check('exit ends running, and every other request sets it again', () => {
    using machine = new Machine(kind);
    assert.equal(machine.run({ type: 'exit' }), { type: 'ok' });
    assert.is(machine.context.running, false);
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 7 }), refused('ENOENT'));
    assert.is(machine.context.running, true);
  });

  check('without a balloon adjusting it is ENODEV', () => {
    using machine = new Machine(kind);
    assert.equal(machine.run({ type: 'balloonAdjust', numPages: 1 }), refused('ENODEV'));
  });

  check('irqfds and ioeventfds: ok, taken, and no eventfd at all', () => {
    using machine = new Machine(kind);
    using event = EventFd.create();
    using other = EventFd.create();
    const irqfd = { type: 'registerIrqfd', event, irq: 5 } as const;
    assert.equal(machine.run(irqfd), { type: 'ok' });
    assert.equal(machine.run({ ...irqfd, irq: 6 }), refused('EBUSY'));
    assert.equal(machine.run({ ...irqfd, event: other }), { type: 'ok' });
    const ioevent = {
      type: 'registerIoevent',
      event,
      space: AddressSpace.pio,
      address: 0x600n,
      datamatch: 1,
    } as const;
    assert.equal(machine.run(ioevent), { type: 'ok' });
    assert.equal(machine.run(ioevent), refused('EEXIST'));
    assert.equal(machine.run({ ...ioevent, space: AddressSpace.mmio }), { type: 'ok' });
    assert.equal(machine.run({ ...ioevent, space: 2 }), refused('EINVAL'));
    using device = open('/dev/null');
    assert.equal(machine.run({ ...ioevent, event: device, datamatch: 2 }), refused('EINVAL'));
    assert.equal(machine.run({ ...irqfd, event: device }), refused('EINVAL'));
    assert.equal(machine.run({ ...irqfd, event: closedNumber() }), refused('EBADF'));
    assert.equal(
      machine.run({ ...ioevent, event: closedNumber(), datamatch: 3 }),
      refused('EBADF'),
    );
  });

  check('a context that closes unregisters what is left, and leaves nothing open', async () => {
    await leavesNothingOpen(() => {
      using machine = new Machine(kind);
      for (let count = 0; count < 5; count++) machine.register(8192n);
      assert.is(machine.slotsInUse, 6);
      machine.context.close();
      assert.is(machine.slotsInUse, 1);
    });
  });
}

for (const kind of targets) {
  testIf(test, kind.missing, `${kind.name}: closed, it takes nothing more`, async () => {
    await leavesNothingOpen(() => {
      const target = kind.create({ ramSize: 65_536, irqchip: true });
      target[Symbol.dispose]();
      using context = new ExecuteContext(target.vm);
      using memory = memfd(4096n);
      using event = EventFd.create();
      const requests: readonly VmRequest[] = [
        { type: 'registerMemory', memory, size: 4096n },
        { type: 'registerIoevent', event, space: AddressSpace.pio, address: 1n, datamatch: 1 },
        { type: 'registerIrqfd', event, irq: 1 },
      ];
      for (const request of requests) {
        assert.equal(execute(request, context), refused('EBADF'), request.type);
      }
      assert.is(target.vm.slotsInUse, 0);
    });
  });
}

for (const target of targets) {
  testIf(
    test,
    target.missing,
    `${target.name}: a VM that is closed first leaves nothing`,
    async () => {
      await leavesNothingOpen(() => {
        using made = target.create({ ramSize: 0, irqchip: false });
        using context = new ExecuteContext(made.vm);
        using memory = memfd(4096n);
        const request = { type: 'registerMemory', memory, size: 4096n } as const;
        assert.is(execute(request, context).type, 'registerMemory');
        made.vm.close();
        context.close();
        assert.equal(context.memory.usage, { bytes: 0n, slots: 0 });
      });
    },
  );
}

test('what the VM refuses is answered with its errno, and rolled back', async () => {
  await leavesNothingOpen(() => {
    using machine = new Machine(simulation);
    const vm = machine.context.vm as SimulatedVm; // what `simulation` makes
    for (const code of ['ENOMEM', 'EMFILE', 'ENOSPC', 'EEXIST'] as const) {
      vm.failNext('addDeviceMemory', code);
      assert.equal(machine.register(4096n), refused(code));
    }
    assert.equal(machine.register(4096n), registered(firstPfn, 1));
    vm.failNext('removeDeviceMemory', 'ENOMEM');
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 1 }), refused('ENOMEM'));
    assert.equal(machine.context.memory.usage, { bytes: 4096n, slots: 1 });
    assert.equal(machine.run({ type: 'unregisterMemory', slot: 1 }), { type: 'ok' });
    assert.equal(machine.register(4096n), registered(firstPfn, 1));
  });
});

test('a request that there is none of is EINVAL, whatever it holds', () => {
  using machine = new Machine(simulation);
  const request: object = { type: 'nonsense', size: 1n };
  assert.equal(machine.run(request as VmRequest), { type: 'err', errno: errno.EINVAL });
});

test('a fault of ours is no answer', () => {
  using machine = new Machine(simulation, {
    balloon: {
      adjust: () => {
        throw new TypeError('a bug');
      },
    },
  });
  assert.throws(() => machine.run({ type: 'balloonAdjust', numPages: 1 }), /a bug/);
});

test('a balloon that refuses is answered with its errno', () => {
  using machine = new Machine(simulation, {
    balloon: {
      adjust: () => {
        throw systemError('EPIPE', 'adjust');
      },
    },
  });
  assert.equal(machine.run({ type: 'balloonAdjust', numPages: 1 }), refused('EPIPE'));
});

test.run();
