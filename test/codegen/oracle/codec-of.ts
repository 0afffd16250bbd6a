/** Finds a message's codec among what a generated file exports. */
import type { MessageCodec } from '../../../runtime/codec/index.js';

function isCodec(value: unknown): value is MessageCodec {
  return typeof value === 'object' && value !== null && 'description' in value && 'decode' in value;
}

/** @throws Error if there is none */
export function codecOf(exports: object, message: string): MessageCodec {
  const all: readonly unknown[] = Object.values(exports);
  const found = all.filter(isCodec).find(({ description }) => description.name === message);
  if (found === undefined) throw new Error(`there is no codec of ${message}`);
  return found;
}
