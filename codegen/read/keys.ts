/** The keys of one map of the schema: known ones are read, all others refused. */
import type { Reporter } from '../report/diagnostics.js';
import type { Location } from '../model/protocol.js';
import type { SourceEntry, SourceList, SourceMap, SourceNode } from './source.js';
import { meant, nearest } from './suggest.js';
import * as values from './values.js';
import type { Text, Whole } from './values.js';

/** Our own keys stand under it. */
export const vendorKey = '-vmwire';

/** What a map may hold. */
export interface KeyRules {
  /** What the map describes, for messages: `a field`. */
  readonly what: string;
  readonly known: readonly string[];
  /** Keys that Kaitai knows and we can't take, with what to do instead. */
  readonly unsupported?: Readonly<Record<string, string>>;
  /**
   * Whose keys they are. Kaitai's maps may hold anything that begins with a dash; `vmwire` means
   * one of our own maps, and `annotated` one of Kaitai's in which `-vmwire` means something.
   */
  readonly owner: 'kaitai' | 'annotated' | 'vmwire';
}

/** A line break is a line feed, and what isn't a character is replaced, so that it can be written to a file. */
function plainText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
}

export class Keys {
  readonly location: Location;
  readonly #entries = new Map<string, SourceEntry>();
  readonly #rules: KeyRules;
  readonly #report: Reporter;

  constructor(map: SourceMap, rules: KeyRules, report: Reporter) {
    this.location = map.location;
    this.#rules = rules;
    this.#report = report;
    for (const entry of map.entries) {
      if (this.#takes(entry.key)) this.#entries.set(entry.key.text, entry);
    }
  }

  #takes({ text: key, location }: Text): boolean {
    const { what, known, unsupported = {}, owner } = this.#rules;
    if (known.includes(key)) return true;
    if (key === vendorKey && owner === 'annotated') return true;
    if (owner === 'vmwire') {
      const hint = meant(key, known);
      this.#report.error('VW013', location, `\`${key}\` is not a key of ${what}`, hint);
    } else if (key === vendorKey) {
      const hint = 'it belongs to the schema, its types, their fields and the values of tags';
      this.#report.error('VW013', location, `\`${vendorKey}\` means nothing in ${what}`, hint);
    } else if (key.startsWith('-')) {
      const ours = nearest(key, [vendorKey]);
      if (ours === undefined) return false;
      const hint = `did you mean \`${ours}\`?`;
      this.#report.error('VW013', location, `\`${key}\` would be ignored`, hint);
    } else if (Object.hasOwn(unsupported, key)) {
      const message = `\`${key}\` of ${what} is not supported`;
      this.#report.error('VW012', location, message, unsupported[key]);
    } else {
      const hint = meant(key, known);
      this.#report.error('VW011', location, `\`${key}\` is not a key of ${what}`, hint);
    }
    return false;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  node(key: string): SourceNode | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Where the key stands, or else the map. */
  locate(key: string): Location {
    return this.#entries.get(key)?.key.location ?? this.location;
  }

  /** Reports a key that is missing. `location` is where it's missed, if not in this map. */
  need(key: string, hint: string, location = this.location): boolean {
    if (this.#entries.has(key)) return true;
    this.#report.error('VW014', location, `${this.#rules.what} needs the key \`${key}\``, hint);
    return false;
  }

  text(key: string): Text | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asText(entry.value, `\`${key}\``, this.#report);
  }

  /** One of the given words. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const text = this.text(key);
    const choice = choices.find((candidate) => candidate === text?.text);
    if (text && choice === undefined) {
      const message = `\`${text.text}\` is not a value of \`${key}\``;
      this.#report.error('VW015', text.location, message, meant(text.text, choices));
    }
    return choice;
  }

  whole(key: string): Whole | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asWhole(entry.value, `\`${key}\``, this.#report);
  }

  literal(key: string): Whole | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asLiteral(entry.value, `\`${key}\``, this.#report);
  }

  flag(key: string): boolean | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asFlag(entry.value, `\`${key}\``, this.#report);
  }

  map(key: string): SourceMap | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asMap(entry.value, `\`${key}\``, this.#report);
  }

  list(key: string): SourceList | undefined {
    const entry = this.#entries.get(key);
    return entry && values.asList(entry.value, `\`${key}\``, this.#report);
  }

  /** The texts of a list. */
  texts(key: string): readonly Text[] | undefined {
    return this.list(key)
      ?.items.map((item) => values.asText(item, `each of \`${key}\``, this.#report))
      .filter((text) => text !== undefined);
  }

  /** The whole numbers of a list. */
  wholes(key: string): readonly Whole[] | undefined {
    return this.list(key)
      ?.items.map((item) => values.asWhole(item, `each of \`${key}\``, this.#report))
      .filter((whole) => whole !== undefined);
  }

  /** The documentation: trimmed, empty if there is none. */
  doc(): string {
    return plainText(this.text('doc')?.text ?? '');
  }
}
