/** What the programs for developers share: how they are told what to do, and that nobody need read on. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A wrong command line: what is wrong with it, and status 2. */
export function wrongUsage(problem: string, usage: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}

/** Reads the command line; `--help` prints the usage. Whoever reads may stop to (`| head`). */
export function readCommandLine<const T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  endWithReaders();
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error), usage);
  }
}

/** Ends the program without a word once nobody reads what it prints. */
export function endWithReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
