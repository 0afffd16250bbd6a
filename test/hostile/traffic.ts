/** A client that speaks badly to a server in another process, and a well-behaved one beside it. */
import { isDeepStrictEqual } from 'node:util';
import { VmControlError, type VmResponse } from '../../generated/vm_control/vm_control.js';
import { errnoName } from '../../native/errno.js';
import { recvVmResponse, sendVmRequest } from '../../runtime/control/messages.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { Samples } from './descriptors.js';
import { type Expected, Oracle } from './oracle.js';
import { type Packet, drawPacket, showPacket, simpler } from './packets.js';
import { Random } from './random.js';
import { sendRaw } from './raw-packet.js';
import { RemoteServer } from './remote-server.js';

export type TransportType = 'seqpacket' | 'datagram';

/** How often the well-behaved client has a word. */
const politeEvery = 50;

/** One conversation of a seed. */
export class Traffic implements Disposable {
  readonly #samples = new Samples();
  readonly #oracle: Oracle;
  readonly #path: string;
  readonly #type: TransportType;
  readonly #polite: FdSocket;
  #hostile: FdSocket;
  sent = 0;
  refused = 0;
  politeServed = 0;

  constructor(path: string, type: TransportType) {
    this.#path = path;
    this.#type = type;
    this.#oracle = new Oracle(this.#samples.all, type);
    this.#polite = this.#connect();
    this.#hostile = this.#connect();
  }

  /** How many kinds of descriptor there are to send. */
  get kinds(): number {
    return this.#samples.all.length;
  }

  /** @returns what is wrong, or undefined if everything is as it must be */
  exchange(packet: Packet): string | undefined {
    const expected = this.#oracle.answer(packet);
    const rights = packet.rights.map((fds) =>
      fds.map((kind) => this.#samples.all[kind]?.descriptor.fd ?? -1),
    );
    const failure = sendRaw(this.#hostile.fd, packet.bytes, { ...packet, rights });
    this.sent++;
    const got = failure === 0 ? this.#receive(this.#hostile) : `send: ${errnoName(failure)}`;
    if (got === 'end') {
      this.#hostile.close();
      this.#hostile = this.#connect();
    }
    if (typeof got === 'object' && got.type === 'err') this.refused++;
    if (!isDeepStrictEqual(got, expected)) return describe(packet, this.#samples, expected, got);
    return this.sent % politeEvery === 0 ? this.#politeRequests() : undefined;
  }

  /** Registers and unregisters, as any client may at any time. */
  #politeRequests(): string | undefined {
    const sample = this.#samples.all[0];
    if (sample === undefined) return 'no sample';
    const expected = this.#oracle.register(sample, 4096n);
    sendVmRequest(this.#polite, { type: 'registerMemory', memory: sample.descriptor, size: 4096n });
    const got = this.#receive(this.#polite);
    if (!isDeepStrictEqual(got, expected)) return `the polite client got ${show(got)}`;
    this.politeServed++;
    return expected.type === 'registerMemory' ? this.#unregister(expected.slot) : undefined;
  }

  #unregister(slot: number): string | undefined {
    const bytes = new Uint8Array(24);
    new DataView(bytes.buffer).setUint32(0, 3, true);
    new DataView(bytes.buffer).setUint32(4, slot, true);
    const expected = this.#oracle.answer({ bytes, rights: [], credentials: 'none' });
    sendVmRequest(this.#polite, { type: 'unregisterMemory', slot });
    const got = this.#receive(this.#polite);
    return isDeepStrictEqual(got, expected) ? undefined : `slot ${slot}: ${show(got)}`;
  }

  /** Unregisters all that it registered. */
  tidy(): void {
    for (const slot of this.#oracle.registered) {
      const wrong = this.#unregister(slot);
      if (wrong !== undefined) throw new Error(wrong);
    }
  }

  #connect(): FdSocket {
    const autobind = this.#type === 'datagram';
    const socket = FdSocket.connect(this.#path, { type: this.#type, autobind, timeoutMs: 5_000 });
    socket.setTimeouts({ receiveMs: 5_000, sendMs: 5_000 });
    return socket;
  }

  #receive(socket: FdSocket): VmResponse | string {
    try {
      return recvVmResponse(socket);
    } catch (error) {
      if (!(error instanceof VmControlError)) throw error;
      const closed = error.code === 'ECONNRESET' || (error.kind === 'badSize' && error.size === 0);
      return closed ? 'end' : error.message;
    }
  }

  [Symbol.dispose](): void {
    this.#polite.close();
    this.#hostile.close();
    this.#samples[Symbol.dispose]();
  }
}

function show(answer: Expected | string): string {
  return typeof answer === 'string'
    ? answer
    : JSON.stringify(answer, (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
}

function describe(
  packet: Packet,
  samples: Samples,
  expected: Expected,
  got: VmResponse | string,
): string {
  const names = samples.all.map(({ name }) => name);
  return `${showPacket(packet, names)}\n  expected ${show(expected)}\n  got ${show(got)}`;
}

/** Sends `count` packets of a seed. @throws Error that tells the seed and the smallest conversation that fails */
export async function runTraffic(
  server: RemoteServer,
  type: TransportType,
  seed: number,
  count: number,
): Promise<Traffic> {
  const traffic = new Traffic(server.path, type);
  const random = new Random(seed);
  try {
    for (let index = 0; index < count; index++) {
      const wrong = traffic.exchange(drawPacket(random, traffic.kinds));
      if (wrong === undefined) continue;
      const smallest = await shrink(type, seed, index + 1, traffic.kinds);
      throw new Error(
        `seed ${seed}, packet ${index}: ${wrong}\nsmallest conversation:\n${smallest}`,
      );
    }
    traffic.tidy();
    return traffic;
  } finally {
    traffic[Symbol.dispose]();
  }
}

/** What fails of a conversation on a new server, or undefined. */
async function failureOf(
  type: TransportType,
  packets: readonly Packet[],
): Promise<string | undefined> {
  using server = await RemoteServer.start({ type });
  using traffic = new Traffic(server.path, type);
  for (const packet of packets) {
    const wrong = traffic.exchange(packet);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** How many servers are started to find it. */
const mostTrials = 100;

async function shrink(
  type: TransportType,
  seed: number,
  count: number,
  kinds: number,
): Promise<string> {
  const random = new Random(seed);
  const all = Array.from({ length: count }, () => drawPacket(random, kinds));
  let trials = 0;
  const fails = async (packets: readonly Packet[]): Promise<boolean> =>
    trials++ < mostTrials && (await failureOf(type, packets)) !== undefined;
  let packets = all.slice(-1);
  for (let length = 2; !(await fails(packets)); length *= 2) {
    if (length > 2 * count) return 'it does not fail again on a new server';
    packets = all.slice(-length);
  }
  for (let part = packets.length >> 1; part > 0; part >>= 1) {
    for (let at = 0; at < packets.length;) {
      const fewer = packets.toSpliced(at, part);
      if (fewer.length > 0 && (await fails(fewer))) packets = fewer;
      else at += part;
    }
  }
  for (let at = 0; at < packets.length; at++) {
    for (let again = true; again;) {
      again = false;
      for (const candidate of simpler(
        packets[at] ?? { bytes: new Uint8Array(), rights: [], credentials: 'none' },
      )) {
        if (!(await fails(packets.with(at, candidate)))) continue;
        packets = packets.with(at, candidate);
        again = true;
        break;
      }
    }
  }
  using samples = new Samples();
  const names = samples.all.map(({ name }) => name);
  return packets.map((packet) => `  ${showPacket(packet, names)}`).join('\n');
}
