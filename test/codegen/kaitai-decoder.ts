/** Kaitai's own decoder of a schema, in JavaScript, with integers of 8 bytes read as bigints. */
import { createRequire } from 'node:module';
import { KaitaiStream } from 'kaitai-struct';
import kaitai from 'kaitai-struct-compiler';
import { parse } from 'yaml';
import { pascalCase } from '../../codegen/model/names.js';

/** Kaitai's runtime reads 8 bytes as a number, which loses what lies above 2^53. */
class ExactStream extends KaitaiStream {
  readU8le(): bigint {
    return this.#view(8).getBigUint64(0, true);
  }
  readU8be(): bigint {
    return this.#view(8).getBigUint64(0);
  }
  readS8le(): bigint {
    return this.#view(8).getBigInt64(0, true);
  }
  readS8be(): bigint {
    return this.#view(8).getBigInt64(0);
  }
  #view(length: number): DataView {
    return new DataView(Uint8Array.from(this.readBytes(length)).buffer);
  }
}

/** Every field of a type by its name in TypeScript: a number, a bigint, or an array of them. */
export type RawFields = Readonly<Record<string, unknown>>;

export type KaitaiDecoder = (type: string, bytes: Uint8Array) => RawFields;

/**
 * Keys of enums stay exact, other numbers are what Kaitai's compiler takes; documentation, which it
 * lets break out of comments, is left out.
 */
function plain(key: unknown, value: unknown): unknown {
  if (key === 'doc') return undefined;
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Compiles a schema with Kaitai's compiler; `type` is a message's name in the schema. */
export async function kaitaiDecoder(schema: string): Promise<KaitaiDecoder> {
  const files = await kaitai.compile(
    'javascript',
    parse(schema, plain, { intAsBigInt: true }),
    null,
    false,
  );
  const [code = ''] = Object.values(files);
  const module: { exports: Readonly<Record<string, object>> } = { exports: {} };
  // oxlint-disable-next-line no-new-func -- the decoder is a module in text
  new Function('require', 'module', 'exports', code)(
    createRequire(import.meta.url),
    module,
    module.exports,
  );
  const [[name, root] = ['', {}]] = Object.entries(module.exports);
  // A class for each type hangs on the root's class.
  const types = { ...root, [name]: root } as Readonly<
    Record<string, new (stream: KaitaiStream) => RawFields>
  >;
  return (type, bytes) => {
    const Type = types[pascalCase(type)];
    if (Type === undefined) throw new Error(`Kaitai knows no ${type}`);
    return new Type(new ExactStream(Uint8Array.from(bytes).buffer, 0));
  };
}
