/** What careless callers pass: every value is tried in every place of every public call. */
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { socketPair } from '../../runtime/sockets/fd-socket.js';
import { closedNumber, file, open } from '../control/memfd.js';

/** A value, and what to call it. */
export interface Bad {
  readonly name: string;
  readonly value: unknown;
}

/** Values that hold nothing. */
const plain: readonly unknown[] = [
  null,
  true,
  NaN,
  Infinity,
  -1,
  -0,
  0,
  0.5,
  1,
  1.5,
  4095,
  4097,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 64,
  -1n,
  0n,
  1n,
  4095n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  '',
  'x',
  '5',
  'a\0b',
  '/no/such/path',
  '__proto__',
  'constructor',
  {},
  [],
  [null],
  [{}],
  { fd: -1 },
  { fd: NaN },
  { fd: 1.5 },
  { fd: 2 ** 32 },
  { fd: '3' },
  { abstract: 5 },
  { type: 'toString' },
  Object.create(null),
  new Uint8Array(),
  new Uint8Array(65_537),
  new Map(),
  Symbol('bad'),
  () => 5,
];

/** Descriptors of the wrong kind, and closed ones, for as long as a test lasts. */
export class BadValues implements Disposable {
  readonly #folder = mkdtempSync(`${tmpdir()}/vmwire-bad-`);
  readonly #open: OwnedFd[] = [
    open(this.#folder, constants.O_RDONLY),
    file(constants.O_RDONLY),
    file(constants.O_WRONLY),
    OwnedFd.adopt(openSync('/dev/null', constants.O_RDWR), '/dev/null'),
  ];
  readonly #sockets = socketPair();

  constructor() {
    for (const socket of this.#sockets) socket.setTimeouts({ receiveMs: 1, sendMs: 1 });
  }

  get all(): readonly Bad[] {
    const closed = OwnedFd.adopt(openSync('/dev/null', 'r'), 'closed');
    closed.close();
    const kinds = ['a directory', 'a file to read', 'a file to write', 'a device'];
    return [
      ...plain.map((value) => ({ name: shown(value), value })),
      ...this.#open.map((value, index) => ({ name: kinds[index] ?? '', value })),
      { name: 'a socket', value: this.#sockets[0] },
      { name: 'a closed descriptor', value: closed },
      { name: 'a closed number', value: closedNumber() },
    ];
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#open, ...this.#sockets]) fd.close();
    rmSync(this.#folder, { recursive: true });
  }
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) === null) return 'an object without prototype';
    return `${value.constructor.name} ${JSON.stringify(value).slice(0, 40)}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
