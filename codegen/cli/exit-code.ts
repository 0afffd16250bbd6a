/** 0: done. 1: a schema has a mistake or can't be read, a file differs, a change breaks. 2: usage, or the system in the way. */
export type ExitCode = 0 | 1 | 2;

/** The same for whoever asks for help. */
export const exitCodes = `
Exit codes: 0 done; 1 a schema has a mistake or can't be read, a file differs or a change breaks;
2 usage, or a file that is in the way or a package that is missing.`;
