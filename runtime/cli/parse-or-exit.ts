/** The command line of a program that has no commands. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { visible } from '../codec/quoted.js';

/**
 * What `parseArgs` gives; if the arguments don't fit, the process ends with status 2, and says why.
 * `--help` prints the usage, with status 0.
 */
export function parseOrExit<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.includes('--help')) {
    console.log(`Usage: ${usage}`);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return exitWithUsage(error instanceof Error ? error.message : String(error), usage);
  }
}

/** Says what is wrong with the arguments, and ends the process with status 2. */
export function exitWithUsage(problem: string, usage: string): never {
  console.error(`${visible(problem)}\nUsage: ${usage}`);
  process.exit(2);
}
