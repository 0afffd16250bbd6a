/** `vmwire decode`: prints the bytes of a message as its fields. */
import { fstatSync } from 'node:fs';
import { vmRequestCodec, vmResponseCodec } from '../../generated/vm_control/vm_control.js';
import { errnoName } from '../../native/errno.js';
import {
  type AnyMessage,
  type Descriptor,
  type Member,
  type MessageCodec,
  type MessageDescription,
  ProtocolError,
  type Variant,
} from '../codec/index.js';
import type { Arguments, Command } from './command.js';
import { CommandError, UsageError } from './failure.js';
import { integer } from './numbers.js';
import { paint, printJson, printLine } from './print.js';
import { status } from './status.js';

/** Far more than any message has: what is longer is no packet. */
const mostBytes = 65_536;
/** Characters of the text, with all that may stand between the digits: what is longer may be endless. */
const mostText = 16 * mostBytes;

async function readInput(args: Arguments): Promise<string> {
  if (args.positionals.length > 0) return args.positionals.join(' ');
  if (process.stdin.isTTY) {
    throw new UsageError('decode needs HEX', 'as an argument, or on standard input');
  }
  // Node's stream of it would just be empty.
  if (fstatSync(0).isDirectory()) throw new UsageError('standard input is a folder');
  // Not by readFileSync: that fails where another process has made standard input non-blocking.
  let text = '';
  try {
    for await (const part of process.stdin.setEncoding('utf8')) {
      text += String(part);
      if (text.length > mostText) break;
    }
  } catch (error) {
    // Such as a terminal that was closed.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  return text;
}

/** Bytes of hexadecimal text: spaces, line ends, commas, colons and 0x are allowed. */
function parseHex(text: string): Uint8Array {
  const digits = text.replace(/0x|[\s,:]/gi, '');
  const wrong = /[^\da-f]/i.exec(digits)?.[0];
  if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} is no hexadecimal digit`);
  if (digits.length === 0) throw new UsageError('decode needs HEX: there is none');
  if (digits.length % 2 !== 0) {
    throw new UsageError(`${digits.length} hexadecimal digits are no whole number of bytes`);
  }
  if (digits.length / 2 > mostBytes) throw new UsageError(`more than ${mostBytes} bytes`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** The variant whose tag the bytes have, if there is one. */
function variantOf({ variants, tag }: MessageDescription, view: DataView): Variant | undefined {
  if (view.byteLength < tag.offset + 4) return undefined;
  const found = view.getUint32(tag.offset, tag.littleEndian);
  return variants.find((variant) => variant.tag === found);
}

function decode(codec: MessageCodec, bytes: Uint8Array, given: number | undefined): AnyMessage {
  const { description } = codec;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Bytes don't tell how many descriptors came with them: as many as the message takes, unless told.
  const count = given ?? variantOf(description, view)?.minFds ?? 0;
  const fds = Array.from({ length: count }, (): Descriptor => ({ fd: -1 }));
  try {
    return codec.decode(view, bytes.length, fds);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CommandError(status.refused, error, error.message, cureOf(error, codec));
  }
}

function cureOf({ kind }: ProtocolError, codec: MessageCodec): string | undefined {
  const { description } = codec;
  switch (kind) {
    case 'badSize':
      return `a ${description.name} has ${description.size} bytes, never more or fewer`;
    case 'invalidType': {
      const tags = description.variants
        .filter(({ tag }) => tag !== undefined)
        .map(({ tag, name }) => `${tag} ${name}`);
      const other = codec === vmRequestCodec ? 'a response is decoded with --response' : '';
      return [`the tags are ${tags.join(', ')}`, other].filter((part) => part !== '').join('; ');
    }
    case 'expectFd':
    case 'unexpectedFd':
      return '--fds tells how many descriptors came with the bytes';
    default:
      return undefined;
  }
}

function valueOf(member: Member, message: AnyMessage): string {
  if (member.kind === 'descriptor') return `a descriptor (${member.descriptor})`;
  const value = message[member.key];
  const numbers = Array.isArray(value) ? value : [value];
  const names = numbers.map((each) => {
    const name =
      member.errno && typeof each === 'number'
        ? errnoName(each)
        : member.values?.find((known) => known.value === each)?.name;
    return name === undefined ? String(each) : `${String(each)} (${name})`;
  });
  return [names.join(', '), member.unit].filter((part) => part !== undefined).join(' ');
}

function placeOf(member: Member): string {
  if (member.kind === 'descriptor') return 'beside';
  const last = member.offset + member.size * (member.count ?? 1) - 1;
  return `${member.offset}-${last}`;
}

function print({ name, tag }: MessageDescription, variant: Variant, message: AnyMessage): void {
  const { stdout } = process;
  printLine(paint(stdout, 'bold', `${name}.${variant.name}`));
  const rows = [
    [placeOf(tag), tag.name, String(variant.tag)],
    ...variant.members.map((member) => [placeOf(member), member.name, valueOf(member, message)]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [place = '', field = '', value = ''] of rows) {
    const position = paint(stdout, 'dim', place.padStart(widths[0] ?? 0));
    printLine(`  ${position}  ${field.padEnd(widths[1] ?? 0)}  ${value}`);
  }
}

/** As in the golden vectors: names of the schema, 64-bit integers as decimal strings. */
function asJson({ name }: MessageDescription, variant: Variant, message: AnyMessage): object {
  const integers = variant.members.filter(({ kind }) => kind === 'integer');
  const fields = Object.fromEntries(integers.map((member) => [member.name, message[member.key]]));
  const fds = variant.members.length - integers.length;
  return { ok: true, message: name, variant: variant.name, fields, fds };
}

async function run(args: Arguments): Promise<number> {
  const codec = args.flag('response') ? vmResponseCodec : vmRequestCodec;
  const count = args.text('fds');
  const fds = count === undefined ? undefined : integer('--fds', count, 0, 253);
  const message = decode(codec, parseHex(await readInput(args)), fds);
  const { description } = codec;
  const variant = description.variants.find(({ key }) => key === message.type);
  if (variant === undefined) throw new Error(`${message.type} is in no description`);
  if (args.flag('json')) printJson(asJson(description, variant, message));
  else print(description, variant, message);
  return status.done;
}

export const command: Command = {
  name: 'decode',
  summary: 'Prints the bytes of a request, or of a response, as its fields.',
  positionals: '[HEX…]',
  options: {
    response: { short: 'r', help: 'the bytes are a response' },
    fds: { value: 'N', help: 'how many descriptors came with them (default: as many as it takes)' },
  },
  details: `HEX is an argument or standard input; spaces, line ends, commas, colons and 0x are allowed.

  vmwire decode 0300000007000000 00000000000000000000000000000000

The exit status is 1 if the bytes are no such message.`,
  run,
};
