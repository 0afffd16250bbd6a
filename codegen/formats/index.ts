/** The wire formats there are. */
import type { Protocol } from '../model/protocol.js';
import type { Format } from './format.js';
import { struct } from './struct/index.js';

export const formats: readonly Format[] = [struct];

/** The format in which a protocol's messages travel. */
export function formatOf({ format: name }: Protocol): Format {
  const format = formats.find((each) => each.name === name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  return format;
}
