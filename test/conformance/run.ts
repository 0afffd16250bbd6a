/** `npm run conformance`: every peer against every other, and against packets made by hand. */
import { writeFileSync } from 'node:fs';
import { exitAtSignals } from '../../runtime/cli/signals.js';
import { endWithReaders } from '../program.js';
import { asJson, asJunit, asTable } from './suite/formats.js';
import { inParallel } from './suite/in-parallel.js';
import { help, parseOptions, UsageError } from './suite/options.js';
import { totalsOf } from './suite/report.js';

/** @returns the exit status */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const start = performance.now();
  // A wrong command line is told before the compiler is loaded.
  const [{ plan }, { runSection }] = await Promise.all([
    import('./suite/plan.js'),
    import('./suite/sections.js'),
  ]);
  using planned = await plan(options);
  // What is wrong with a foreign peer may be why nothing is called so.
  if (planned.unmatched.length > 0 && totalsOf(planned.results).failed === 0)
    throw new UsageError(`no section is called ${planned.unmatched.join(' or ')}: see --list`);
  if (options.list) {
    for (const { id, cases } of planned.sections) console.log(`${id}: ${cases} cases`);
    for (const each of planned.leftOut) console.log(`left out ${each}`);
    return 0;
  }
  if (planned.sections.length === 0 && planned.results.length === 0)
    throw new UsageError(`no section is called ${options.only.join(' or ')}: see --list`);
  const ran = await inParallel(planned.sections.map((each) => () => runSection(each)));
  const sections = [...planned.results, ...ran];
  const milliseconds = Math.round(performance.now() - start);
  const outcome = { sections, leftOut: planned.leftOut, milliseconds };
  if (options.junit !== undefined) writeFileSync(options.junit, asJunit(outcome));
  process.stdout.write(options.json ? asJson(outcome) : asTable(outcome));
  return totalsOf(sections).failed === 0 ? 0 : 1;
}

exitAtSignals();

endWithReaders();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`conformance: ${error.message}\n(--help tells the options)`);
  process.exitCode = 2;
}
