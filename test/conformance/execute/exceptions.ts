/**
 * Where our answers differ from the recorded ones, even under the reference's own policy: what the
 * design never turns back. The suite fails if one of these is no longer needed.
 */
import { isDeepStrictEqual } from 'node:util';
import { errno } from '../../../native/errno.js';
import type { ExecuteRow, TracedAnswer, TracedMessage } from './rows.js';

export interface Exception {
  readonly name: string;
  readonly reason: string;
  /** Our answers to rows that follow one another on one VM; undefined where the recorded one holds. */
  readonly answers: (rows: readonly ExecuteRow[]) => readonly (TracedAnswer | undefined)[];
}

export const exceptions: readonly Exception[] = [
  {
    name: 'the errno of mmap',
    reason:
      'the reference does not notice that mmap failed, calls KVM with address -1 and loses the errno',
    answers: (rows) => rows.map(withErrnoOfMmap),
  },
  {
    name: 'no slot is lost',
    reason: 'a registration that the reference refuses swallows a slot number: ours is rolled back',
    answers: (rows) =>
      rows[0]?.section === 'gap-lost' ? withLowestSlots(rows) : rows.map(() => undefined),
  },
];

/** What mmap says of descriptors that can't be mapped for reading and writing (mmap(2)). */
const errnoByKind: Readonly<Record<string, number>> = {
  'a pipe': errno.ENODEV,
  'a socket': errno.ENODEV,
  'an eventfd': errno.ENODEV,
  '/dev/null': errno.ENODEV,
  'regular file O_RDONLY': errno.EACCES,
  'regular file O_WRONLY': errno.EACCES,
  'O_PATH fd': errno.EBADF,
  'memfd with F_SEAL_WRITE': errno.EPERM,
  'a directory': errno.EACCES,
};

/** A process has 2^47 bytes of addresses, with its own program in the middle. */
const mostMappable = 1n << 46n;

function withErrnoOfMmap(row: ExecuteRow): TracedAnswer | undefined {
  const { request, response } = row;
  if (request?.variant !== 'register_memory' || response.fields['errno'] !== errno.EINVAL)
    return undefined;
  const size = BigInt(request.fields['size'] ?? 0);
  const tooLarge = size > mostMappable && size <= Number.MAX_SAFE_INTEGER && size % 4096n === 0n;
  const number = tooLarge ? errno.ENOMEM : errnoByKind[kindOf(row)];
  return number === undefined ? undefined : { ...answerOf(row), response: refused(number) };
}

/** The kind of descriptor of the section `badfd`. */
export function kindOf({ section, name }: ExecuteRow): string {
  return section === 'badfd' ? name.replace(/^.*?, /, '') : '';
}

/** Answers of a VM whose device memory takes the lowest free slot from 1 on, each time. */
function withLowestSlots(rows: readonly ExecuteRow[]): TracedAnswer[] {
  const slots = new Set<number>();
  let nextPfn = BigInt(rows[0]?.next_pfn_before ?? 0);
  return rows.map((row) => {
    const before = nextPfn;
    const size = BigInt(row.request?.fields['size'] ?? 0);
    let { response } = row;
    if (row.request?.variant === 'unregister_memory') {
      const known = slots.delete(Number(row.request.fields['slot']));
      response = known ? { variant: 'ok', fields: {} } : refused(errno.ENOENT);
    } else if (size > 0n && size % 4096n === 0n) {
      const slot = lowestFree(slots);
      slots.add(slot);
      response = { variant: 'register_memory', fields: { pfn: String(before), slot } };
      nextPfn += size / 4096n + 1n;
    }
    const { running } = row;
    return { response, next_pfn_before: String(before), next_pfn: String(nextPfn), running };
  });
}

function lowestFree(slots: ReadonlySet<number>): number {
  let slot = 1;
  while (slots.has(slot)) slot += 1;
  return slot;
}

function refused(number: number): TracedMessage {
  return { variant: 'err', fields: { errno: number } };
}

/** What was recorded, without the request. */
export function answerOf(row: ExecuteRow): TracedAnswer {
  const { response, next_pfn_before, next_pfn, running, balloon } = row;
  const answer = { response, next_pfn_before, next_pfn, running };
  return balloon === undefined ? answer : { ...answer, balloon };
}

/** What we must answer to each row of one VM, and which exception says so. */
export interface Expected {
  readonly row: ExecuteRow;
  readonly answer: TracedAnswer;
  readonly exception: Exception | undefined;
}

export function expectedAnswers(rows: readonly ExecuteRow[]): Expected[] {
  const others = exceptions.map((exception) => ({ exception, answers: exception.answers(rows) }));
  return rows.map((row, index) => {
    const recorded = answerOf(row);
    for (const { exception, answers } of others) {
      const answer = answers[index];
      if (answer !== undefined && !isDeepStrictEqual(answer, recorded))
        return { row, answer, exception };
    }
    return { row, answer: recorded, exception: undefined };
  });
}
