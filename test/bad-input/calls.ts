/** Every public call with good arguments, one of which is replaced by a bad one. */
import { join } from 'node:path';
import * as vmwire from '../../runtime/index.js';

/** A call, and the arguments that it takes. */
export interface Call {
  readonly name: string;
  readonly run: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

/** What the calls are made on, new for each of them. */
export class Subjects implements Disposable {
  readonly path: string;
  readonly pair = vmwire.socketPair('seqpacket');
  readonly listener = vmwire.FdSocket.listen();
  readonly memory = vmwire.SharedMemory.create({ name: 'subject', size: 8192 });
  readonly mapping = this.memory.map();
  readonly ram = vmwire.GuestMemory.create([{ gpa: 0n, size: 8192 }]);
  readonly event = vmwire.EventFd.create();
  readonly vm = new vmwire.SimulatedVm();
  readonly context = new vmwire.ExecuteContext(this.vm);
  readonly server = new vmwire.ControlServer(this.context);
  readonly client: vmwire.ControlClient;
  readonly allocator = new vmwire.AddressAllocator(0n, 1n << 30n);

  /** @param folder for sockets */
  constructor(folder: string) {
    this.path = join(folder, 'socket');
    const [mine, theirs] = vmwire.socketPair('seqpacket');
    this.server.attach(mine);
    this.client = vmwire.ControlClient.on(theirs, { timeoutMs: 1_000 });
    for (const socket of this.pair) socket.setTimeouts({ receiveMs: 1, sendMs: 1 });
    this.listener.setTimeouts({ receiveMs: 1 });
  }

  /** The calls on these subjects. */
  get calls(): readonly Call[] {
    const { FdSocket, SharedMemory, MemoryMapping, GuestMemory, EventFd } = vmwire;
    const { pair, listener, memory, mapping, ram, event, vm, context, server, client } = this;
    const [left] = pair;
    const bytes = new Uint8Array(24);
    const pages = { name: 'pages', size: 4096 };
    const calls: Call[] = [];
    const add = (name: string, run: Call['run'], ...args: unknown[]): void => {
      calls.push({ name, run, args });
    };
    add('socketPair', vmwire.socketPair, 'datagram');
    add('FdSocket.bind', FdSocket.bind, this.path, { type: 'datagram' });
    add('FdSocket.bind access', (access) => FdSocket.bind(this.path, { access }), { mode: 0o600 });
    add('FdSocket.listen', FdSocket.listen, this.path, { backlog: 1 });
    add('FdSocket.listen backlog', (backlog) => FdSocket.listen(this.path, { backlog }), 1);
    add('FdSocket.connect', FdSocket.connect, listener.localAddress, { timeoutMs: 5 });
    add('FdSocket.connectAsync', FdSocket.connectAsync, listener.localAddress, { timeoutMs: 5 });
    add('FdSocket.fromFd', FdSocket.fromFd, memory);
    add('send', left.send.bind(left), bytes, [memory], { dontWait: true });
    add('send a list', (fd) => left.send(bytes, [fd], { dontWait: true }), memory);
    add('sendTo', left.sendTo.bind(left), this.path, bytes, [memory], { dontWait: true });
    add('sendAsync', left.sendAsync.bind(left), bytes, [memory], { timeoutMs: 1 });
    add('recv', left.recv.bind(left), bytes, { maxFds: 1 });
    add('recv maxFds', (maxFds) => left.recv(bytes, { maxFds }), 1);
    add('recvAsync', left.recvAsync.bind(left), bytes, { timeoutMs: 1 });
    add('recvAsync signal', (signal) => left.recvAsync(bytes, { signal, timeoutMs: 1 }), undefined);
    add('acceptAsync', (timeoutMs) => listener.acceptAsync({ timeoutMs }), 1);
    add('setTimeouts', left.setTimeouts.bind(left), { receiveMs: 1, sendMs: 1 });
    add('shutdown', left.shutdown.bind(left), 'both');
    add('MaybeOwnedFd.owned', vmwire.MaybeOwnedFd.owned, memory);
    add('MaybeOwnedFd.borrowed', (fd) => vmwire.MaybeOwnedFd.borrowed(fd).fd, memory);

    add('SharedMemory.create', SharedMemory.create, pages);
    add('SharedMemory.create size', (size) => SharedMemory.create({ name: 'x', size }), 4096);
    add('SharedMemory.create name', (name) => SharedMemory.create({ name, size: 4096 }), 'x');
    add('SharedMemory.adopt', SharedMemory.adopt, undefined, 'name');
    add('SharedMemory.fromToken', SharedMemory.fromToken, undefined);
    add('SharedMemory.addSeals', memory.addSeals.bind(memory), { write: false });
    add('SharedMemory.map', (options) => memory.map(options), { size: 4096 });
    add('SharedMemory.map size', (size) => memory.map({ size }), 4096);
    add('SharedMemory.punchHole', memory.punchHole.bind(memory), 0, 4096);
    add('MemoryMapping.map', MemoryMapping.map, memory, 4096, { name: 'x' });
    add('MemoryMapping.anonymous', MemoryMapping.anonymous, 4096, 'x');
    add('mapping.read', mapping.read.bind(mapping), 0, 8);
    add('mapping.readInto', mapping.readInto.bind(mapping), 0, bytes);
    add('mapping.write', mapping.write.bind(mapping), 0, bytes);
    add('mapping.fill', mapping.fill.bind(mapping), 0, 8, 1);
    add('GuestMemory.create', GuestMemory.create, [{ gpa: 0n, size: 4096 }], 'x');
    add('GuestMemory.create gpa', (gpa) => GuestMemory.create([{ gpa, size: 4096 }]), 0n);
    add('GuestMemory.create size', (size) => GuestMemory.create([{ gpa: 0n, size }]), 4096);
    add('GuestMemory.fromToken', GuestMemory.fromToken, undefined);
    add('ram.read', ram.read.bind(ram), 0n, 8);
    add('ram.readInto', ram.readInto.bind(ram), 0n, bytes);
    add('ram.write', ram.write.bind(ram), 0n, bytes);
    add('EventFd.create', EventFd.create, { initial: 1 });
    add('EventFd.create initial', (initial) => EventFd.create({ initial }), 1);
    add('EventFd.adopt', EventFd.adopt, undefined);
    add('EventFd.fromToken', EventFd.fromToken, undefined);
    add('EventFd.write', event.write.bind(event), 1n);
    add(
      'AddressAllocator',
      (...args) => new vmwire.AddressAllocator(...(args as [never, never])),
      0n,
      4096n,
    );
    add('allocate', this.allocator.allocate.bind(this.allocator), 4096n, 4096n);
    add('free', this.allocator.free.bind(this.allocator), 0n);
    add('BumpAllocator', (start) => new vmwire.BumpAllocator(start), 0n);

    add('Kvm.open', vmwire.Kvm.open, '/no/such/device');
    add('IoeventAddress.pio', vmwire.IoeventAddress.pio, 1n);
    add('IoeventAddress.mmio', vmwire.IoeventAddress.mmio, 1n);
    add('SimulatedVm', (options) => new vmwire.SimulatedVm(options), {});
    add('SimulatedVm ramSize', (ramSize) => new vmwire.SimulatedVm({ ramSize }), 4096n);
    add('addDeviceMemory', vm.addDeviceMemory.bind(vm), 1n << 38n, mapping, {});
    add('removeDeviceMemory', vm.removeDeviceMemory.bind(vm), 1);
    add('registerIoevent', vm.registerIoevent.bind(vm), event, vmwire.IoeventAddress.pio(1n), {
      length: 4,
      value: 1n,
    });
    add('registerIrqfd', vm.registerIrqfd.bind(vm), event, 5, {});

    add(
      'ExecuteContext',
      (...args) => new vmwire.ExecuteContext(...(args as [never, never])),
      vm,
      {},
    );
    for (const option of ['policy', 'backing', 'limits', 'allocator', 'balloon']) {
      add(
        `ExecuteContext ${option}`,
        (value) => new vmwire.ExecuteContext(vm, { [option]: value }),
        undefined,
      );
    }
    for (const limit of ['bytes', 'slots']) {
      add(
        `ExecuteContext limits.${limit}`,
        (value) => new vmwire.ExecuteContext(vm, { limits: { [limit]: value } }),
        undefined,
      );
    }
    add('execute', (request) => vmwire.execute(request, context), { type: 'exit' });
    add('execute in', (value) => vmwire.execute({ type: 'exit' }, value), context);
    for (const request of requests(memory, event)) {
      for (const [member, value] of Object.entries(request)) {
        const changed = (bad: never): vmwire.VmRequest => ({ ...request, [member]: bad }) as never;
        const name = `${request.type}.${member}`;
        add(`execute ${name}`, (bad) => vmwire.execute(changed(bad), context), value);
        if (request.type.includes('Irqfd') || request.type.includes('Ioevent')) continue;
        add(`send ${name}`, (bad) => vmwire.sendVmRequest(left, changed(bad)), value);
        add(`call ${name}`, (bad) => client.call(changed(bad) as never), value);
        add(`callSync ${name}`, (bad) => client.sendSync(changed(bad) as never), value);
      }
    }
    add('sendVmRequest', vmwire.sendVmRequest, left, { type: 'exit' });
    add('sendVmResponse', vmwire.sendVmResponse, left, { type: 'ok' });
    add('recvVmRequest', vmwire.recvVmRequest, left, 'strict');
    add('recvVmResponse', vmwire.recvVmResponse, left, 'strict');
    add(
      'ControlServer',
      (...args) => new vmwire.ControlServer(...(args as [never, never])),
      context,
      {},
    );
    for (const option of ['maxClients', 'audit', 'onFault']) {
      add(
        `ControlServer ${option}`,
        (value) => new vmwire.ControlServer(context, { [option]: value }),
        undefined,
      );
    }
    add('server.listen', server.listen.bind(server), this.path, {});
    for (const option of ['type', 'access', 'backlog', 'allowAbstract']) {
      add(
        `server.listen ${option}`,
        (value) => server.listen(`${this.path}2`, { [option]: value }),
        undefined,
      );
    }
    for (const option of ['mode', 'gid', 'uids']) {
      add(
        `server.listen access.${option}`,
        (value) => server.listen(`${this.path}3`, { access: { [option]: value } }),
        undefined,
      );
    }
    add('server.adopt', server.adopt.bind(server), -5, {});
    add('server.attach', server.attach.bind(server), pair[1]);
    add('ControlClient.connect', vmwire.ControlClient.connect, this.path, { timeoutMs: 5 });
    add('ControlClient.connectSync', vmwire.ControlClient.connectSync, this.path, { timeoutMs: 5 });
    add('ControlClient.on', vmwire.ControlClient.on, left, { timeoutMs: 5 });
    add('client.registerMemory', client.registerMemory.bind(client) as never, memory, 4096n, {});
    add('client.unregisterMemory', client.unregisterMemory.bind(client), 1, {});
    add('client.balloonAdjust', client.balloonAdjust.bind(client), 1, {});
    add('BalloonSocket', (socket) => new vmwire.BalloonSocket(socket), left);
    add('BalloonSocket.adjust', (count) => new vmwire.BalloonSocket(left).adjust(count), 1);
    return calls;
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.server.close();
    this.context.close();
    this.vm.close();
    for (const one of [...this.pair, this.listener, this.memory, this.event]) one.close();
    this.mapping.close();
    this.ram.close();
  }
}

function requests(memory: vmwire.SharedMemory, event: vmwire.EventFd): readonly vmwire.VmRequest[] {
  return [
    { type: 'registerMemory', memory, size: 4096n },
    { type: 'unregisterMemory', slot: 1 },
    { type: 'balloonAdjust', numPages: 1 },
    { type: 'registerIrqfd', event, irq: 5 },
    { type: 'registerIoevent', event, space: 0, address: 1n, datamatch: 1 },
  ];
}
