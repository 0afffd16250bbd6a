/** The second process of the demonstration: controls the VM over its socket, through every request. */
import { setTimeout as pause } from 'node:timers/promises';
import { failureOf } from '../cli/failure.js';
import { printFailure } from '../cli/print.js';
import type { ControlRequest } from '../control/answer.js';
import { ControlClient } from '../control/client.js';
import { VmRefusedError } from '../control/refusal.js';
import { echoGuest } from '../guest/echo-guest.js';
import type { MemoryMapping } from '../memory/mapping.js';
import { SharedMemory } from '../memory/shared-memory.js';
import { requestText, tell, tellWhatIsLeft } from './transcript.js';
import { difference, openWhatStays, whatIsOpen } from './what-is-open.js';

/** The guest needs milliseconds. */
const patienceMs = 10_000;
const expectedPfn = 1n << 26n;

/** The text at `offset`, up to its zero byte. */
function textAt(mapping: MemoryMapping, offset: number): string {
  const bytes = mapping.read(offset, echoGuest.maxText);
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('latin1');
}

/** Lets what a request has set off come before the next one in the transcript. */
const settleMs = 20;

/** One request and its answer, or its refusal. */
async function ask<R extends ControlRequest>(client: ControlClient, request: R): Promise<void> {
  tell('control', `→ ${requestText(request)}`);
  try {
    await client.call(request);
    tell('control', '← ok');
  } catch (error) {
    if (!(error instanceof VmRefusedError)) throw error;
    tell('control', `← err ${error.code}: ${error.cure ?? ''}`);
  }
  await pause(settleMs);
}

/** Registers memory. @returns its slot */
async function register(client: ControlClient, memory: SharedMemory): Promise<number> {
  const request = { type: 'registerMemory', memory, size: BigInt(memory.size) } as const;
  tell('control', `→ ${requestText(request)}, and the descriptor beside it`);
  const { pfn, slot } = await client.call(request);
  tell('control', `← slot ${slot}, page frame 0x${pfn.toString(16)}`);
  if (pfn !== expectedPfn)
    throw new Error(`device memory begins at page frame ${pfn}, not 1 << 26`);
  return slot;
}

/** Waits until the guest has written its answer, and checks it. */
async function seeAnswer(mapping: MemoryMapping, text: string): Promise<void> {
  for (
    const deadline = Date.now() + patienceMs;
    mapping.readBigUint64(echoGuest.countOffset) < 1n;
  ) {
    if (Date.now() > deadline) throw new Error('the guest has not answered');
    await pause(1);
  }
  const answer = textAt(mapping, echoGuest.answerOffset);
  if (answer !== text.toUpperCase()) throw new Error(`the guest wrote ${JSON.stringify(answer)}`);
  tell('control', `reads in the memory what the guest wrote: ${JSON.stringify(answer)}`);
}

async function converse(socket: string, hasGuest: boolean): Promise<void> {
  using client = await ControlClient.connect(socket);
  tell('control', `pid ${process.pid} connects to the socket (${client.type})`);

  using memory = SharedMemory.create({ name: 'shared', size: 4096 });
  using mapping = memory.map();
  const text = `hello from process ${process.pid}`;
  mapping.write(echoGuest.textOffset, Buffer.from(`${text}\0`));
  const seals = Object.entries(memory.seals).filter(([, isSet]) => isSet);
  const sealed = seals.map(([name]) => name).join(', ');
  tell('control', `makes ${memory.size} bytes of memory, sealed (${sealed}), and writes a text`);
  const slot = await register(client, memory);
  if (hasGuest) await seeAnswer(mapping, text);

  await ask(client, { type: 'balloonAdjust', numPages: 256 });
  await ask(client, { type: 'balloonAdjust', numPages: -128 });
  await ask(client, { type: 'unregisterMemory', slot });
  await ask(client, { type: 'unregisterMemory', slot });
  await ask(client, { type: 'exit' });
}

const [socket = '', kind] = process.argv.slice(2);
openWhatStays();
const before = whatIsOpen();
try {
  await converse(socket, kind === 'guest');
} catch (error) {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  printFailure(failure.message, failure.cure);
  process.exitCode = 1;
}
if (!tellWhatIsLeft('control', difference(before, whatIsOpen()))) process.exitCode = 1;
