#!/usr/bin/env node
/** The program `vmwire-codegen`: runs a command, or says which package it needs. */
import { printFailure, watchStreams } from './print.js';
import { missingPackage } from '../report/packages.js';

watchStreams();
try {
  const { run } = await import('./commands.js');
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  // What the commands themselves can't catch: the package that parses the arguments is missing.
  const failure = missingPackage(error);
  if (failure === undefined) throw error;
  printFailure(failure, process.argv.includes('--json'));
  process.exitCode = 2;
}
