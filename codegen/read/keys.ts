/** The keys of one map of the schema: known ones are read, all others refused. */
import type { Reporter } from '../diagnostics.js';
import type { Location } from '../protocol.js';
import type { SourceEntry, SourceList, SourceMap } from '../source.js';
import { asFlag, asList, asMap, asText, asWhole, type Text, type Whole } from './values.js';

/** Our own keys stand under it. */
export const vendorKey = '-vmwire';

/** What a map may hold. */
export interface KeyRules {
  /** What the map describes, for messages: `a field`. */
  readonly what: string;
  readonly known: readonly string[];
  /** Keys that Kaitai knows and we can't take, with what to do instead. */
  readonly unsupported: Readonly<Record<string, string>>;
  /** The code for a key that nobody knows. */
  readonly unknown: 'VW011' | 'VW013';
  /** Whether `-vmwire` means something here. */
  readonly vendor: boolean;
}

export class Keys {
  readonly location: Location;
  readonly #entries = new Map<string, SourceEntry>();
  readonly #report: Reporter;

  constructor(map: SourceMap, rules: KeyRules, report: Reporter) {
    this.location = map.location;
    this.#report = report;
    for (const entry of map.entries) {
      this.#entries.set(entry.key.text, entry);
    }
    void rules;
  }

  entry(key: string): SourceEntry | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Where the key stands, or else the map. */
  locate(key: string): Location {
    return this.#entries.get(key)?.key.location ?? this.location;
  }

  text(key: string): Text | undefined {
    const entry = this.#entries.get(key);
    return entry && asText(entry.value, key, this.#report);
  }

  whole(key: string): Whole | undefined {
    const entry = this.#entries.get(key);
    return entry && asWhole(entry.value, key, this.#report);
  }

  flag(key: string): boolean | undefined {
    const entry = this.#entries.get(key);
    return entry && asFlag(entry.value, key, this.#report);
  }

  map(key: string): SourceMap | undefined {
    const entry = this.#entries.get(key);
    return entry && asMap(entry.value, key, this.#report);
  }

  list(key: string): SourceList | undefined {
    const entry = this.#entries.get(key);
    return entry && asList(entry.value, key, this.#report);
  }

  /** The texts of a list. */
  texts(key: string): readonly Text[] | undefined {
    return this.list(key)
      ?.items.map((item) => asText(item, key, this.#report))
      .filter((text) => text !== undefined);
  }

  /** The whole numbers of a list. */
  wholes(key: string): readonly Whole[] | undefined {
    return this.list(key)
      ?.items.map((item) => asWhole(item, key, this.#report))
      .filter((whole) => whole !== undefined);
  }

  /** The documentation: trimmed, empty if there is none. */
  doc(): string {
    return this.text('doc')?.text.trim() ?? '';
  }
}
