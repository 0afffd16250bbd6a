/** What a guest prints, as it is shown on a terminal: it can't move the cursor, nor write lines that look like ours. */
import { StringDecoder } from 'node:string_decoder';
import { visible } from '../codec/quoted.js';

/** Before each line of the guest: no line of ours begins so. */
const mark = '| ';

/** How many columns a terminal needs for a character, at most. */
function widthOf(character: string): number {
  if (character === '\t') return 8;
  return /^[\x20-\x7e]+$/.test(character) ? character.length : 2;
}

/** Turns a guest's bytes into lines of a terminal. */
export class GuestScreen {
  readonly #columns: () => number;
  readonly #decoder = new StringDecoder('utf8');
  /** A carriage return whose next character has not come yet. */
  #held = '';
  /** The column of the cursor; 0 before the mark. */
  #column = 0;

  /** @param columns how wide the terminal is now */
  constructor(columns: () => number) {
    this.#columns = columns;
  }

  /** What the terminal is to be sent for more bytes of the guest. */
  show(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.write(Buffer.from(bytes));
    this.#held = text.endsWith('\r') ? '\r' : '';
    const whole = text.slice(0, text.length - this.#held.length).replaceAll('\r\n', '\n');
    return Array.from(whole, (character) => this.#next(character)).join('');
  }

  /** What the terminal is to be sent before a line of ours: it must not go on where the guest has stopped. */
  endLine(): string {
    if (this.#column === 0) return '';
    this.#column = 0;
    return '\n';
  }

  #next(character: string): string {
    if (character === '\n') return this.#column === 0 ? `${mark}\n` : this.endLine();
    const shown = character === '\t' ? character : visible(character);
    const width = widthOf(shown);
    // A terminal would go on in its next line, at the place where our own lines begin.
    const end = this.#column > 0 && this.#column + width > this.#columns() ? this.endLine() : '';
    const begin = this.#column === 0 ? mark : '';
    this.#column += begin.length + width;
    return `${end}${begin}${shown}`;
  }
}
