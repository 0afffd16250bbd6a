/** Names that live side by side in a generated file: none is given out twice. */

export class Scope {
  readonly #taken: Set<string>;

  /** `taken` are the language's reserved words, and names that the generated code itself uses. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The name, with as many `_` behind it as make it free. */
  claim(name: string): string {
    const free = this.#taken.has(name) ? this.claim(`${name}_`) : name;
    this.#taken.add(free);
    return free;
  }

  /** A scope inside this one, whose names don't hide any of these. */
  inner(taken: Iterable<string> = []): Scope {
    return new Scope([...this.#taken, ...taken]);
  }
}
