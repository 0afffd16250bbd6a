/** A thread that runs Kaitai's compiler, which takes as long to load as everything else together. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { errorCode, reasonOf } from '../report/failure.js';

/** A schema as plain data, with a number of ours. */
export interface KaitaiRequest {
  readonly id: number;
  readonly schema: unknown;
}

/** Every request is answered by exactly one of these. */
export interface KaitaiAnswer {
  readonly id: number;
  readonly outcome:
    | { readonly kind: 'accepted' }
    | { readonly kind: 'refused'; readonly reason: string }
    | { readonly kind: 'missing' };
}

/** What we use of kaitai-struct-compiler 0.11, which brings no types of its own. */
interface KaitaiCompiler {
  compile(language: string, schema: unknown, importer: null, debug: boolean): Promise<unknown>;
}

/** A target that is small and quick: the checks are the same for all of them. */
const target = 'python';

/** Undefined if it's not installed: it's under the GPL, so it doesn't come with us. */
function loadCompiler(): KaitaiCompiler | undefined {
  try {
    // Untyped; a version that lacks `compile` refuses every schema and says so.
    return createRequire(import.meta.url)('kaitai-struct-compiler') as KaitaiCompiler;
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function outcomeOf(
  compiler: KaitaiCompiler | undefined,
  schema: unknown,
): Promise<KaitaiAnswer['outcome']> {
  if (compiler === undefined) return { kind: 'missing' };
  try {
    await compiler.compile(target, schema, null, false);
    return { kind: 'accepted' };
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) };
  }
}

const compiler = loadCompiler();
parentPort?.on('message', async ({ id, schema }: KaitaiRequest) => {
  const answer: KaitaiAnswer = { id, outcome: await outcomeOf(compiler, schema) };
  parentPort?.postMessage(answer);
});
