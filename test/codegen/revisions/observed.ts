/** What crosvm's own code put on the wire at the commits of three revisions, as observed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ObservedMessage {
  readonly name: string;
  readonly size: number;
  readonly fields: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
  }[];
  readonly variants: readonly {
    readonly tag: number;
    readonly name: string;
    readonly fds: number;
  }[];
  readonly packets: readonly {
    readonly message: string;
    readonly fds: number;
    readonly hex: string;
  }[];
}

export interface ObservedRevision {
  readonly protocol: string;
  readonly commit: string;
  readonly messages: readonly ObservedMessage[];
}

const file = fileURLToPath(
  new URL('../../../../test/codegen/revisions/observed.json', import.meta.url),
);

// The file stands beside this one, in this form.
export const observed = JSON.parse(readFileSync(file, 'utf8')) as readonly ObservedRevision[];
