/** The command line of the suite. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** Shell commands of foreign peers. */
  readonly peers: readonly string[];
  /** Files; none means every schema of the project. */
  readonly schemas: readonly string[];
  /** Parts of sections' names; none means all. */
  readonly only: readonly string[];
  readonly list: boolean;
  readonly json: boolean;
  readonly junit: string | undefined;
  /** The folder of the recorded traces. */
  readonly traces: string | undefined;
  /** How long a peer may take for an answer. */
  readonly timeoutMs: number;
  readonly help: boolean;
}

export const help = `Usage: npm run conformance -- [OPTION…]

Runs every pair of peers and each peer alone, on every schema of the project.

  --peer COMMAND   a foreign peer, alone and against ours (repeatable); it is started as
                   sh -c 'exec COMMAND' and judged by the policy that it declares
  --schema FILE    a schema instead of the project's (repeatable)
  --only TEXT      only sections whose name contains TEXT (repeatable): vm_control/, /pairs/, python
  --traces FOLDER  recorded traces instead of test/conformance/traces
  --timeout MS     how long a peer may take for an answer, 5000 unless told
  --list           the names of the sections and how many cases each has; runs nothing
  --json           one JSON object instead of the table
  --junit FILE     a report for build servers
  --help           this text

Exit status: 0 if every case that ran is as expected, 1 if one is not, 2 for a wrong command line
or schema.
`;

/** What is wrong with the command line, or with what it names. */
export class UsageError extends Error {}

const recordings = ['wire.jsonl', 'execute.jsonl'];

/** @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        peer: { type: 'string', multiple: true, default: [] },
        schema: { type: 'string', multiple: true, default: [] },
        only: { type: 'string', multiple: true, default: [] },
        traces: { type: 'string' },
        timeout: { type: 'string', default: '5000' },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        junit: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { peer: peers, schema: schemas, only, list, json, junit, traces, timeout } = values;
    const timeoutMs = Number(timeout);
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
      throw new Error(`--timeout ${timeout}: not a number of milliseconds`);
    if (traces !== undefined && !recordings.some((name) => existsSync(join(traces, name))))
      throw new Error(`--traces ${traces}: no folder with ${recordings.join(' or ')}`);
    if (junit !== undefined && !existsSync(dirname(junit)))
      throw new Error(`--junit ${junit}: there is no folder ${dirname(junit)}`);
    return { peers, schemas, only, list, json, junit, traces, timeoutMs, help: values.help };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
