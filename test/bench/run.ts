/**
 * The benchmark: what vmwire adds to what must be done, as ratios against baselines of the same run.
 *
 * Usage: npm run bench -- [--only PART] [--rounds N] [--json FILE] [--list]
 */
import { writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { type Measurement, type Result, run } from './measurement.js';
import { measurements as codec } from './measure/codec.js';
import { measurements as roundTrip } from './measure/round-trip.js';
import { formatResult } from './report.js';

const all: readonly Measurement[] = [...codec, ...roundTrip];

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '11' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(`--rounds takes a whole number from 1, not ${options.rounds}`);
  process.exit(2);
}
const chosen = all.filter(
  ({ name }) => options.only === undefined || options.only.some((part) => name.includes(part)),
);
if (chosen.length === 0) {
  console.error(`no measurement is called ${options.only?.join(' or ')}; --list shows them all`);
  process.exit(2);
}

if (options.list) {
  for (const { name, title } of chosen) console.log(`${name}: ${title}`);
} else {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Linux ${release()} ${arch()}, Node ${process.versions.node}`;
  console.log(`${machine}\nOnly ratios travel: compare no times of different runs.\n`);
  const results: Result[] = [];
  for (const measurement of chosen) {
    const result = await run(measurement, rounds);
    results.push(result);
    console.log(`${formatResult(result)}\n`);
  }
  const verdicts = results.flatMap((result) => result.verdicts);
  const missed = verdicts.filter((verdict) => verdict.met === false).length;
  const unmeasured = verdicts.filter((verdict) => verdict.met === undefined).length;
  console.log(
    `${verdicts.length - missed - unmeasured} targets met, ${missed} missed, ${unmeasured} not measured`,
  );
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ machine, rounds, results }, null, 1)}\n`);
  }
}
