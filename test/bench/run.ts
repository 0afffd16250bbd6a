/**
 * The benchmark: what vmwire adds to what must be done, as ratios against baselines of the same run.
 *
 * Usage: npm run bench -- [--only PART]… [--rounds N] [--minutes N] [--json FILE] [--markdown FILE]
 *   [--node PATH]… [--list]
 *
 * `--minutes` is how long all of it may take, about 9 unless told: on a busy machine measurements have
 * fewer rounds, at least 3, so that it ends there as well. `--node` adds a Node to those whose start-up
 * is measured.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { exitWithUsage, parseOrExit } from '../../runtime/cli/parse-or-exit.js';
import { type Measurement, type Result, run } from './measurement.js';
import { cpuTime, describeMachine, describeNoise, pinToOneCpu } from './machine.js';
import { type Run, formatRun } from './markdown.js';
import { allMeasurements } from './measure/all.js';
import { formatResult } from './report.js';
import { endWithReaders } from '../program.js';

const usage = `npm run bench -- [--only PART]… [--rounds N] [--minutes N] [--json FILE] [--markdown FILE]
  [--node PATH]… [--list]`;

const { values: options } = parseOrExit(
  {
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '11' },
      minutes: { type: 'string', default: '9' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      node: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
    },
  },
  usage,
);

endWithReaders();

function wholeNumber(name: 'rounds' | 'minutes'): number {
  const value = Number(options[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  return exitWithUsage(`--${name} takes a whole number from 1, not ${options[name]}`, usage);
}

function summarize(results: readonly Result[]): string {
  const verdicts = results.flatMap((result) => result.verdicts);
  const missed = verdicts.filter((verdict) => verdict.met === false).length;
  const unmeasured = verdicts.filter((verdict) => verdict.met === undefined).length;
  return `${verdicts.length - missed - unmeasured} targets met, ${missed} missed, ${unmeasured} not measured`;
}

async function measure(chosen: readonly Measurement[]): Promise<Run> {
  const rounds = wholeNumber('rounds');
  const end = performance.now() + wholeNumber('minutes') * 60_000;
  const machine = `${describeMachine()}, ${pinToOneCpu()}`;
  console.log(`${machine}\nOnly ratios travel: compare no times of different runs.\n`);
  const before = cpuTime();
  const results: Result[] = [];
  for (const [index, measurement] of chosen.entries()) {
    const milliseconds = Math.max(0, end - performance.now()) / (chosen.length - index);
    const result = await run(measurement, { rounds, milliseconds });
    results.push(result);
    console.log(`${formatResult(result)}\n`);
  }
  const noise = describeNoise(before, results);
  const summary = summarize(results);
  console.log(`${noise}\n${summary}`);
  return { machine, noise, summary, rounds, results };
}

/** In the form that the project's files have, so that they can be committed. */
async function write(path: string, text: string): Promise<void> {
  const config = await resolveConfig(path);
  writeFileSync(path, await format(text, { ...config, filepath: path }));
}

for (const node of options.node) {
  const { error } = spawnSync(node, ['--version']);
  if (error !== undefined) exitWithUsage(`--node ${node}: ${error.message}`, usage);
}
const chosen = allMeasurements(options.node).filter(
  ({ name }) => options.only === undefined || options.only.some((part) => name.includes(part)),
);
if (chosen.length === 0) {
  const names = options.only?.join(' or ');
  exitWithUsage(`no measurement is called ${names}; --list shows them all`, usage);
}
for (const path of [options.json, options.markdown]) {
  if (path !== undefined && !existsSync(dirname(path))) {
    exitWithUsage(`${path} can't be written: there is no folder ${dirname(path)}`, usage);
  }
}
if (options.list) {
  for (const { name, title } of chosen) console.log(`${name}: ${title}`);
} else {
  const result = await measure(chosen);
  if (options.json !== undefined) await write(options.json, JSON.stringify(result));
  if (options.markdown !== undefined) await write(options.markdown, formatRun(result));
}
