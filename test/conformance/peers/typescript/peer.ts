/**
 * The peer of our own runtime: orders on standard input, packets on descriptor 3.
 *
 * Usage: node peer.js CODEC [--policy strict|crosvm2018] [--sabotage NAME[,NAME…]]
 *
 * CODEC is the JavaScript of a generated codec, of any protocol.
 */
import { fstatSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Descriptor,
  FieldValueError,
  type MessageCodec,
  type Policy,
  type ProtocolDescription,
  ProtocolError,
  protocolErrorCodes,
} from '../../../../runtime/codec/index.js';
import { recvMessage, sendMessage } from '../../../../runtime/control/messages.js';
import { OwnedFd } from '../../../../runtime/descriptors/owned-fd.js';
import { FdSocket } from '../../../../runtime/sockets/fd-socket.js';
import { memfd } from '../../../control/memfd.js';
import { sabotaged } from './faults.js';
import { Machine } from './machine.js';
import { BadOrder, type JsonFields, fromJson, toJson, variantNamed } from './values.js';

interface Order {
  readonly op: string;
  readonly message?: string;
  readonly variant?: string;
  readonly fields?: JsonFields;
  readonly fds?: readonly { readonly memfd: string }[];
  readonly max_fds?: number;
}

/** The protocol that a module describes: one of its exports has messages. */
async function loadProtocol(file: string): Promise<ProtocolDescription> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const found = Object.values(module).find(isProtocol);
  if (found === undefined) throw new Error(`${file} describes no protocol`);
  return found;
}

function isProtocol(value: unknown): value is ProtocolDescription {
  return typeof value === 'object' && value !== null && 'messages' in value && 'maxFds' in value;
}

class Peer {
  readonly #protocol: ProtocolDescription;
  readonly #policy: Policy;
  readonly #codecs: ReadonlyMap<string, MessageCodec>;
  readonly #socket = FdSocket.fromFd(OwnedFd.adopt(3, 'the socket under test'));
  #machine: Machine | undefined;

  constructor(protocol: ProtocolDescription, policy: Policy, faults: readonly string[]) {
    this.#protocol = protocol;
    this.#policy = policy;
    this.#codecs = new Map(
      protocol.messages.map((codec) => [codec.description.name, faults.reduce(sabotaged, codec)]),
    );
  }

  /** Carries out one order and says so; what was received is closed after the answer. */
  answer(line: string): void {
    const received: OwnedFd[] = [];
    try {
      // Whatever is missing is refused where it is looked at.
      say(this.#carryOut(JSON.parse(line) as Order, received));
    } catch (error) {
      say(refusal(error));
    } finally {
      for (const fd of received) fd.close();
    }
  }

  #carryOut(order: Order, received: OwnedFd[]): object {
    switch (order.op) {
      case 'hello':
        return this.#hello();
      case 'send':
        return this.#send(order);
      case 'recv':
        return this.#recv(order, received);
      case 'execute':
        if (this.#protocol.name !== 'vm_control') return { ok: false, error: 'unsupported' };
        this.#machine ??= new Machine(this.#policy);
        return this.#machine.step(this.#socket);
      case 'descriptors':
        // Without the one that lists them.
        return { ok: true, count: readdirSync('/proc/self/fd').length - 1 };
      case 'quit':
        return { ok: true };
      default:
        return { ok: false, error: 'unsupported' };
    }
  }

  #hello(): object {
    const { name } = this.#protocol;
    const ops = ['send', 'recv', 'descriptors', ...(name === 'vm_control' ? ['execute'] : [])];
    return { ok: true, peer: 'typescript', protocol: name, policy: this.#policy, ops };
  }

  #send({ message, variant: name, fields = {}, fds = [] }: Order): object {
    const codec = this.#codec(message);
    const variant = variantNamed(codec.description, name);
    // An object of the codec has no place for them.
    if (variant.tag !== undefined && fds.length > variant.maxFds)
      return { ok: false, error: 'unexpected_fd' };
    const memory = fds.map((each) => memfd(BigInt(each.memfd)));
    try {
      sendMessage(this.#socket, codec, fromJson(variant, fields, memory));
      return { ok: true, fds: memory.map(describe) };
    } finally {
      for (const fd of memory) fd.close();
    }
  }

  #recv({ message, max_fds: room = this.#protocol.maxFds }: Order, received: OwnedFd[]): object {
    const codec = this.#codec(message);
    const value = recvMessage(this.#socket, codec, room, { policy: this.#policy });
    const { variant, fields, fds } = toJson(codec.description, value);
    received.push(...fds);
    return { ok: true, variant, fields, fds: fds.map(describe) };
  }

  #codec(message: string | undefined): MessageCodec {
    const codec = this.#codecs.get(message ?? '');
    if (codec === undefined) throw new BadOrder(`there is no message ${message}`);
    return codec;
  }
}

/** What the suite compares, to see that what arrives is what was sent. */
function describe({ fd }: Descriptor): { size: string; ino: string } {
  const { size, ino } = fstatSync(fd, { bigint: true });
  return { size: String(size), ino: String(ino) };
}

function refusal(error: unknown): object {
  if (error instanceof ProtocolError) {
    const { kind, size, errno } = error;
    return { ok: false, error: protocolErrorCodes[kind], size, errno };
  }
  if (error instanceof FieldValueError) return { ok: false, error: 'field_value' };
  return { ok: false, error: 'bad_order', text: String(error) };
}

function say(answer: object): void {
  console.log(JSON.stringify(answer));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { policy: { type: 'string', default: 'strict' }, sabotage: { type: 'string' } },
});
const policy = values.policy === 'crosvm2018' ? values.policy : 'strict';
const faults = values.sabotage?.split(',') ?? [];
const peer = new Peer(await loadProtocol(positionals[0] ?? ''), policy, faults);
for await (const line of createInterface({ input: process.stdin })) {
  peer.answer(line);
  if (/"op":\s*"quit"/.test(line)) break;
}
process.exit(0);
