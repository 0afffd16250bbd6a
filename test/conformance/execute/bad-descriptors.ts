/** The kinds of descriptor that the recorder tried to register as memory. */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fcntl } from '../../../native/fd.js';
import { F_ADD_SEALS, F_SEAL_WRITE } from '../../../native/memory.js';
import type { Descriptor } from '../../../runtime/codec/index.js';
import type { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { EventFd } from '../../../runtime/memory/eventfd.js';
import { socketPair } from '../../../runtime/sockets/fd-socket.js';
import { file, memfd, open } from '../../control/memfd.js';
import { kindOf } from './exceptions.js';
import type { ExecuteRow } from './rows.js';

export type Closable = Descriptor & { close(): void };

/** The descriptor that came with a request, if one did. @throws Error for a kind that is not known */
export function descriptorFor(row: ExecuteRow): Closable | undefined {
  if (row.request?.variant !== 'register_memory') return undefined;
  if (row.section !== 'badfd') return memfd(BigInt(row.request.fd_size ?? 0));
  const create = kinds[kindOf(row)];
  if (create === undefined) throw new Error(`no such descriptor: ${row.name}`);
  return create();
}

const kinds: Readonly<Record<string, () => Closable>> = {
  'a pipe': pipe,
  'a socket': oneOfAPair,
  'an eventfd': () => EventFd.create(),
  '/dev/null': () => open('/dev/null'),
  '/dev/zero rdwr': () => open('/dev/zero'),
  'regular file O_RDONLY': () => file(constants.O_RDONLY),
  'regular file O_WRONLY': () => file(constants.O_WRONLY),
  'regular file O_RDWR': () => file(constants.O_RDWR),
  // O_PATH, which Node has no name for (asm-generic/fcntl.h).
  'O_PATH fd': () => open(tmpdir(), 0o10000000),
  'memfd with F_SEAL_WRITE': sealedAgainstWriting,
  'a directory': () => open(tmpdir(), constants.O_RDONLY),
};

/** A named pipe, opened at both ends. */
function pipe(): OwnedFd {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-pipe-'));
  try {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    return open(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sealedAgainstWriting(): OwnedFd {
  const memory = memfd(4096n);
  if (fcntl(memory.fd, F_ADD_SEALS, F_SEAL_WRITE) !== 0) throw new Error('no seal');
  return memory;
}

function oneOfAPair(): Closable {
  const [socket, other] = socketPair();
  other.close();
  return socket;
}
