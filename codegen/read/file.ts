/** The text of a schema file, or why there is none. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Reporter } from '../report/diagnostics.js';
import type { Location } from '../model/protocol.js';

/** The greatest schema has a thousand variants and a fifth of this. */
export const maxSchemaBytes = 1024 * 1024;

/** What YAML doesn't allow to stand in a file as it is. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unprintable = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'symbolic links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return reasons[code] ?? error.message;
}

/** At most one byte more than the limit: the file may grow while it's read. */
async function readAtMost(handle: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxSchemaBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** The bytes of a regular file. A pipe or a device could block for ever, so it's not opened. */
export async function readSchemaFile(
  file: string,
  report: Reporter,
): Promise<Uint8Array | undefined> {
  const refuse = (reason: string, hint?: string): undefined => {
    report.error('VW001', undefined, `can't be read: ${reason}`, hint);
  };
  try {
    const found = await stat(file);
    if (found.isDirectory()) return refuse('it is a directory', 'name a schema file in it');
    if (!found.isFile()) return refuse('it is not a regular file');
    const handle = await open(file);
    try {
      return await readAtMost(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return refuse(reasonOf(error));
  }
}

/** The text that the bytes encode, or undefined after a mistake. */
export function decodeText(bytes: Uint8Array, report: Reporter): string | undefined {
  if (bytes.length > maxSchemaBytes) {
    const message = `larger than ${maxSchemaBytes} bytes`;
    report.error('VW003', undefined, message, 'is it a schema at all?');
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    report.error('VW002', undefined, 'not UTF-8 text', 'is it a schema at all?');
    return undefined;
  }
}

/** Whether the text is free of control characters, which YAML doesn't allow. */
export function checkText(text: string, file: string, report: Reporter): boolean {
  const at = text.search(unprintable);
  if (at < 0) return true;
  const before = text.slice(0, at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const location: Location = { file, line: before.length, column, length: 1 };
  const code = (text.codePointAt(at) ?? 0).toString(16).padStart(4, '0').toUpperCase();
  const hint = 'in a quoted text it can be written as an escape, such as "\\u0007"';
  report.error('VW002', location, `the control character U+${code}`, hint);
  return false;
}
