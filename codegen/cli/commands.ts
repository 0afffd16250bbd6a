/** The commands of `vmwire-codegen`: arguments in, exit code out. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CompilerFailure } from '../report/failure.js';
import { missingPackage } from '../report/packages.js';
import { checkCommand } from './check.js';
import { diffCommand } from './diff.js';
import { type ExitCode, exitCodes } from './exit-code.js';
import { explainCommand } from './explain.js';
import { generateCommand } from './generate.js';
import { lintCommand } from './lint.js';
import { printFailure } from './print.js';
import { watchCommand } from './watch.js';

const schemaHelp = 'schema files; by default schema/*.ksy and schema/history/*.ksy';

function version(): string {
  const url = new URL('../../../package.json', import.meta.url);
  const manifest = JSON.parse(readFileSync(url, 'utf8')) as { version: string }; // npm demands one
  return manifest.version;
}

/** Runs one command. Everything that it has to say goes to stdout and stderr. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  if (argv[0] === '--version') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  let exitCode: ExitCode = 0;
  // Commander calls actions with values that it doesn't type; each command checks nothing but uses
  // only what is declared right above it.
  const program = new Command('vmwire-codegen')
    .description(
      'Compiles schemas of VM control protocols into codecs, tests, bindings and documentation.',
    )
    .option('--version', 'print the version')
    .addHelpText('after', exitCodes)
    .exitOverride();

  program
    .command('generate')
    .description('write what is missing or out of date; nothing at all if a schema has a mistake')
    .argument('[schema...]', schemaHelp)
    .option('-o, --out <folder>', 'the output folder', 'generated')
    .option('-w, --watch', 'stay, and generate again whenever a schema changes')
    .option('--json', 'print one JSON object; with --watch, one each time')
    .action(async (schemas: string[], options: { out: string; watch?: true; json?: true }) => {
      exitCode = await (options.watch ? watchCommand : generateCommand)(schemas, options);
    });

  program
    .command('check')
    .description('fail if a generated file is missing, out of date or stray')
    .argument('[schema...]', schemaHelp)
    .option('-o, --out <folder>', 'the output folder', 'generated')
    .option('--json', 'print one JSON object')
    .action(async (schemas: string[], options: { out: string; json?: true }) => {
      exitCode = await checkCommand(schemas, options);
    });

  program
    .command('lint')
    .description('say what is wrong with schemas, and write nothing')
    .argument('[schema...]', schemaHelp)
    .option('--no-kaitai', "leave out the Kaitai compiler's own checks")
    .option('--json', 'print one JSON object')
    .action(async (schemas: string[], options: { kaitai: boolean; json?: true }) => {
      exitCode = await lintCommand(schemas, options);
    });

  program
    .command('diff')
    .description('say what a change of the schema does to peers of different age')
    .argument('<old>', 'the schema that peers were built from')
    .argument('<new>', 'the schema after the change')
    .option('--json', 'print one JSON object')
    .action(async (before: string, after: string, options: { json?: true }) => {
      exitCode = await diffCommand(before, after, options);
    });

  program
    .command('explain')
    .description('explain a diagnostic, with a bad and a good example')
    .argument('[code]', 'such as VW012; without it, all codes are listed')
    .option('--json', 'print one JSON object')
    .action((code: string | undefined, options: { json?: true }) => {
      exitCode = explainCommand(code, options);
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Commander has printed the help, the version or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = error instanceof CompilerFailure ? error : missingPackage(error);
    if (failure === undefined) throw error;
    printFailure(failure, argv.includes('--json'));
    return 2;
  }
  return exitCode;
}
