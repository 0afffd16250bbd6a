/** What the programs for developers share. */

/** Ends the program without a word once nobody reads what it prints (`| head`). */
export function endWithReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
