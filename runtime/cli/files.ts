/** Files that users name: what is no file, or can't be opened, is told in words. */
import { constants, type Stats, closeSync, openSync, readSync, statSync } from 'node:fs';
import { UsageError } from './failure.js';

/** Why a file can't be opened. */
export function whyNot(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of this path is no folder';
    case 'EACCES':
    case 'EPERM':
      return 'there is no permission to open it';
    case 'ELOOP':
      return 'its symbolic links lead nowhere';
    case 'ENAMETOOLONG':
      return 'a name in this path is too long';
    case 'EROFS':
      return 'its file system can only be read';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** What something is that is no regular file. */
function kindOf(found: Stats): string | undefined {
  if (found.isFile()) return undefined;
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** Size of a regular file. */
function sizeOf(option: string, path: string): number {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${whyNot(error)}`);
  }
  const kind = kindOf(found);
  // Most of these have no end, or wait for somebody to write.
  if (kind !== undefined) throw new UsageError(`${option} ${path} is ${kind}, not a file`);
  return found.size;
}

/**
 * Reads a regular file whole.
 *
 * @param checkSize throws if there are more bytes than can be taken: before any is read
 * @throws UsageError if it is none, or can't be read
 */
export function readFile(
  option: string,
  path: string,
  checkSize: (size: number) => void,
): Uint8Array {
  const size = sizeOf(option, path);
  checkSize(size);
  try {
    // Without O_NONBLOCK a pipe that has taken the file's place meanwhile would be waited for.
    return readAll(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), size);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${whyNot(error)}`);
  }
}

/** Never more than `size`: the file may grow meanwhile. Closes the descriptor. */
function readAll(fd: number, size: number): Uint8Array {
  try {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      // read(2) takes no more at a time.
      const count = readSync(fd, bytes, length, Math.min(size - length, 0x7fff_f000), null);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}
