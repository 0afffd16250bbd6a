/** What things of the schema are called in generated TypeScript. */
import { camelCase, pascalCase } from '../../model/names.js';
import { codecNames } from './imports.js';
import type { Message, Protocol } from '../../model/protocol.js';
import { allVariants } from '../../model/queries.js';
import { Scope } from '../../model/scope.js';

/** Words that can't name a variable, and the globals and imports that generated code uses. */
const taken = `
  arguments await break case catch class const continue debugger default delete do else enum eval
  export extends false finally for function if implements import in instanceof interface let new
  null package private protected public return static super switch this throw true try typeof
  undefined var void while with yield

  Array DataView Fd Math

  ${codecNames.join(' ')}
`.split(/\s+/);

/** Names that generated functions use for themselves, which a member's variable must not hide. */
const locals = ['message', 'view', 'offset', 'length', 'fds', 'policy', 'tag'];

/** The names of one message. */
export interface MessageNames {
  readonly type: string;
  readonly constructors: string;
  readonly size: string;
  readonly offsets: string;
  readonly encode: string;
  readonly decode: string;
  readonly format: string;
  readonly codec: string;
  /** The interface of each variant. */
  readonly variants: ReadonlyMap<string, string>;
}

/** Every name that the file declares. A name that is taken gets a trailing `_`. */
export interface Names {
  readonly error: string;
  readonly protocol: string;
  readonly byRequest: string;
  readonly enums: ReadonlyMap<string, string>;
  readonly messages: ReadonlyMap<string, MessageNames>;
  /** A variable for the member with this key. */
  variable(key: string): string;
}

export function typescriptNames(protocol: Protocol): Names {
  const scope = new Scope(taken);
  const names = {
    protocol: scope.claim(camelCase(protocol.name)),
    error: scope.claim(`${pascalCase(protocol.name)}Error`),
    messages: new Map(
      protocol.messages.map((message) => [message.name, messageNames(message, scope)]),
    ),
    byRequest: scope.claim(`${pascalCase(protocol.exchange?.response.name ?? '')}ByRequest`),
    enums: new Map(protocol.enums.map(({ name }) => [name, scope.claim(pascalCase(name))])),
  };
  // Each variable lives in a block of its own: only what is outside must not be hidden.
  return { ...names, variable: (key) => scope.inner(locals).claim(key) };
}

/** What a map of names holds for `key`. */
export function nameOf<Key, Name>(names: ReadonlyMap<Key, Name>, key: Key): Name {
  const name = names.get(key);
  if (name === undefined) throw new Error(`${String(key)} was not given a name`);
  return name;
}

function messageNames(message: Message, scope: Scope): MessageNames {
  const pascal = pascalCase(message.name);
  const camel = camelCase(message.name);
  return {
    type: scope.claim(pascal),
    constructors: scope.claim(camel),
    size: scope.claim(`${camel}Size`),
    offsets: scope.claim(`${camel}Offsets`),
    encode: scope.claim(`encode${pascal}`),
    decode: scope.claim(`decode${pascal}`),
    format: scope.claim(`format${pascal}`),
    codec: scope.claim(`${camel}Codec`),
    variants: new Map(
      allVariants(message).map(({ name }) => [name, scope.claim(pascal + pascalCase(name))]),
    ),
  };
}

/** What every object has: a member of that name that is left out would seem to be there. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** The property of a member. `type` is the discriminator of every message. */
export function memberKey(name: string): string {
  const key = camelCase(name);
  return key === 'type' || inherited.has(key) ? `${key}_` : key;
}
