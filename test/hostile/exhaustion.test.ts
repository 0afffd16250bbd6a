/** Slots, addresses and quota that several clients use up together: ENOSPC or KVM's word, all undone, and room again. */
import { stat } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { VmResponseRegisterMemory } from '../../generated/vm_control/vm_control.js';
import { ControlClient } from '../../runtime/control/client.js';
import { ExecuteContext, type ExecuteOptions } from '../../runtime/control/context.js';
import { ControlServer } from '../../runtime/control/server.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { AddressAllocator } from '../../runtime/memory/allocator.js';
import { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { outcome } from '../control/outcome.js';
import { type TargetKind, type TestVm, targets } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('exhaustion');
const page = 4096n;
const window = 1n << 38n;
/** What KVM offers on x86-64 (KVM_CAP_NR_MEMSLOTS). */
const memorySlots = 32_764;

/** A server on a VM of some kind, and three clients of it that register a page each time. */
class Crowd implements Disposable {
  readonly target: TestVm;
  readonly context: ExecuteContext;
  readonly clients: readonly [ControlClient, ControlClient, ControlClient];
  /** What is open as long as nothing is registered. */
  #open: ReturnType<typeof whatIsOpen>;
  readonly #server: ControlServer;
  readonly #memory: SharedMemory;

  static async gather(kind: TargetKind, options: ExecuteOptions): Promise<Crowd> {
    const path = `@vmwire-exhaustion-${process.pid}`;
    const target = kind.create({ ramSize: 65_536, irqchip: false });
    const context = new ExecuteContext(target.vm, options);
    const server = new ControlServer(context);
    server.listen(path);
    const connect = async (): Promise<ControlClient> => {
      const client = await ControlClient.connect(path);
      assert.is(await outcome(client.balloonAdjust(1)), 'refused ENODEV');
      return client;
    };
    return new Crowd(target, context, server, [await connect(), await connect(), await connect()]);
  }

  private constructor(
    target: TestVm,
    context: ExecuteContext,
    server: ControlServer,
    clients: Crowd['clients'],
  ) {
    this.target = target;
    this.context = context;
    this.#server = server;
    this.clients = clients;
    this.#memory = SharedMemory.create({ name: 'exhaustion', size: Number(page) });
    this.#open = whatIsOpen();
  }

  register(client: ControlClient): Promise<VmResponseRegisterMemory> {
    return client.registerMemory(this.#memory);
  }

  /** A registration that must be refused, and must leave everything as it was. */
  async refused(client: ControlClient, code: string): Promise<void> {
    const { slotsInUse } = this.target.vm;
    const { usage } = this.context.memory;
    assert.is(await outcome(this.register(client)), `refused ${code}`);
    assert.is(this.target.vm.slotsInUse, slotsInUse);
    assert.equal(this.context.memory.usage, usage);
    await this.nothingElseOpen();
  }

  /** Beside what is registered: a thread of the pool closes descriptors that came with requests. */
  async nothingElseOpen(): Promise<void> {
    const mappings = this.#open.mappings + this.context.memory.usage.slots;
    const expected = JSON.stringify({ ...this.#open, mappings });
    for (let tries = 0; JSON.stringify(whatIsOpen()) !== expected && tries < 500; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.is(JSON.stringify(whatIsOpen()), expected);
  }

  /** Closes a client: both ends of its connection are gone. */
  leave(client: ControlClient): void {
    client.close();
    this.#open = { ...this.#open, descriptors: this.#open.descriptors - 2 };
  }

  [Symbol.dispose](): void {
    for (const client of this.clients) client.close();
    this.#memory.close();
    this.#server.close();
    this.context.close();
    this.target[Symbol.dispose]();
  }
}

// Node's thread pool starts with its first task, and stays.
test.before(async () => {
  await stat('/');
});

/** What runs out when each of three clients has registered a page. */
const quotas: Readonly<Record<string, () => ExecuteOptions>> = {
  slots: () => ({ limits: { slots: 3 } }),
  bytes: () => ({ limits: { bytes: 3n * page } }),
  addresses: () => ({ allocator: new AddressAllocator(window, window + 3n * page) }),
};

for (const kind of targets) {
  for (const [what, options] of Object.entries(quotas)) {
    testIf(
      test,
      kind.missing,
      `${kind.name}: ${what} used up by several clients: ENOSPC for all, until one of them unregisters`,
      async () => {
        using crowd = await Crowd.gather(kind, options());
        const [first, second, third] = crowd.clients;
        await crowd.register(first);
        const { pfn, slot } = await crowd.register(second);
        await crowd.register(third);
        for (const client of crowd.clients) await crowd.refused(client, 'ENOSPC');
        // Who leaves takes nothing along: what it registered still counts.
        crowd.leave(second);
        await crowd.refused(first, 'ENOSPC');
        await first.unregisterMemory(slot);
        await crowd.nothingElseOpen();
        assert.equal({ ...(await crowd.register(third)) }, { type: 'registerMemory', pfn, slot });
        await crowd.refused(first, 'ENOSPC');
      },
    );
  }

  testIf(
    test,
    kind.missing,
    `${kind.name}: every memory slot in use: EINVAL as KVM says it, and room again when one is free`,
    async () => {
      // One mapping everywhere: what counts is the slots.
      using mapping = MemoryMapping.anonymous(Number(page));
      using crowd = await Crowd.gather(kind, { limits: { slots: Number.POSITIVE_INFINITY } });
      const { vm } = crowd.target;
      const [client] = crowd.clients;
      const { pfn, slot } = await crowd.register(client);
      for (let gpa = window << 1n; vm.slotsInUse < memorySlots; gpa += page) {
        vm.addDeviceMemory(gpa, mapping);
      }
      await crowd.refused(client, 'EINVAL');
      await client.unregisterMemory(slot);
      assert.equal({ ...(await crowd.register(client)) }, { type: 'registerMemory', pfn, slot });
      await crowd.refused(client, 'EINVAL');
      // The address that was refused is free as well.
      vm.removeDeviceMemory(slot + 1);
      assert.is((await crowd.register(client)).pfn, pfn + 1n);
    },
  );
}

test.run();
