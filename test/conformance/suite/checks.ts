/** Holds every answer, byte and descriptor against what is expected. */
import { isDeepStrictEqual } from 'node:util';
import { SystemError } from '../../../runtime/errors.js';
import type { Bench } from './bench.js';
import type { Accepted, ReceiveCase, Refusal, SendCase } from './cases.js';
import { sendHandMade } from './hand-made.js';
import { type Identity, type Offered, identityOf } from './offer.js';
import type { Answer } from './peer-driver.js';
import type { Tally } from './report.js';
import type { Check } from './run-cases.js';

/** A packet of the suite's own for the peer to receive. */
export function receiveCheck(offered: readonly Offered[]): Check<ReceiveCase> {
  return async (bench, each, tally) => {
    const fds = offered.slice(0, each.fds);
    const attached = fds.map(({ owned }) => owned);
    sendHandMade(bench.socket, each.bytes, attached);
    const order = { op: 'recv', message: each.message, max_fds: each.maxFds };
    const { answer, leak } = await bench.first.ask(order);
    compare(each, expectedAnswer(each.expected, fds), answer, tally);
    compareCount(each, leak, tally);
    checkNothingLeft(bench, each, tally);
  };
}

function expectedAnswer(expected: Refusal | Accepted, fds: readonly Offered[]): object {
  if ('error' in expected) return { ok: false, ...expected };
  const { variant, fields } = expected;
  const held = expected.fds.map((index) => fds[index]).filter((fd) => fd !== undefined);
  return { ok: true, variant, fields, fds: held.map(({ size, ino }) => ({ size, ino })) };
}

/** A message for the peer to send to the suite. */
export const sendCheck: Check<SendCase> = async (bench, each, tally) => {
  const { answer, leak } = await bench.first.ask(sendOrder(each));
  if ('error' in each.expected) {
    compare(each, { ok: false, ...each.expected }, answer, tally);
  } else {
    const packet = receivePacket(bench);
    const { fds, ...rest } = answer;
    compare(each, { ok: true }, rest, tally);
    const expected = { bytes: hex(each.expected.bytes), sizes: sizesOf(each) };
    const got = packet && { bytes: packet.bytes, sizes: packet.fds.map(({ size }) => size) };
    if (!isDeepStrictEqual(got, expected)) tally.fail(each, expected, got ?? 'no packet');
    else if (fds !== undefined) compareFds(each, packet?.fds ?? [], fds, tally);
  }
  compareCount(each, leak, tally);
  checkNothingLeft(bench, each, tally);
};

/** A message from one peer to the other. */
export const pairCheck: Check<SendCase> = async (bench, each, tally) => {
  const [sender, receiver] = await Promise.all([
    bench.first.ask(sendOrder(each)),
    bench.second.ask({ op: 'recv', message: each.message }),
  ]);
  const { fds: sent, ...rest } = sender.answer;
  compare(each, { ok: true }, rest, tally);
  const { fds: arrived, ...message } = receiver.answer;
  compare(each, { ok: true, ...each.received }, message, tally);
  const sizes = identities(arrived)?.map(({ size }) => size);
  if (!isDeepStrictEqual(sizes, sizesOf(each))) tally.fail(each, { fds: sizesOf(each) }, arrived);
  else if (sent !== undefined) compareFds(each, sent, arrived, tally);
  compareCount(each, sender.leak, tally);
  compareCount(each, receiver.leak, tally);
  checkNothingLeft(bench, each, tally);
};

/** Sizes that a sender is told to give its memfds. */
function sizesOf({ fds }: SendCase): string[] {
  return Array.from({ length: fds }, (_, index) => String(4096 * (index + 1)));
}

function sendOrder(each: SendCase): object {
  const { message, variant, fields } = each;
  return { op: 'send', message, variant, fields, fds: sizesOf(each).map((memfd) => ({ memfd })) };
}

/** What the peer sent: as much of it as any message has, and all of its descriptors. */
export function receivePacket(bench: Bench): { bytes: string; fds: Identity[] } | undefined {
  const buffer = new Uint8Array(1 << 16);
  try {
    const { length, fds } = bench.socket.recv(buffer, { maxFds: 253, dontWait: true });
    const identified = fds.map(identityOf);
    for (const fd of fds) fd.close();
    return { bytes: hex(buffer.subarray(0, length)), fds: identified };
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Compares the members that are expected; an answer may have others. */
function compare(
  each: ReceiveCase | SendCase,
  expected: object,
  answer: Answer,
  tally: Tally,
): void {
  const got = Object.fromEntries(Object.keys(expected).map((key) => [key, answer[key]]));
  if (!isDeepStrictEqual(got, { ...expected })) tally.fail(each, expected, answer);
}

function compareFds(each: SendCase, expected: unknown, got: unknown, tally: Tally): void {
  if (!isDeepStrictEqual(identities(got), identities(expected)))
    tally.fail(each, { fds: expected }, { fds: got });
}

/** Sizes and inodes of an answer, or undefined if it's no list of them. */
function identities(fds: unknown): Identity[] | undefined {
  if (!Array.isArray(fds)) return undefined;
  return fds.map((fd: { size?: unknown; ino?: unknown } | null) => ({
    size: String(fd?.size),
    ino: String(fd?.ino),
  }));
}

function compareCount(each: ReceiveCase | SendCase, leak: string | undefined, tally: Tally): void {
  if (leak !== undefined) tally.fail(each, 'as many descriptors as before', leak);
}

function checkNothingLeft(bench: Bench, each: ReceiveCase | SendCase, tally: Tally): void {
  const packets = bench.drain();
  if (packets > 0) tally.fail(each, 'nothing left on the socket', `${packets} packets`);
}
