/** Runs the suite's command line, as `npm run conformance` does. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SectionResult, Totals } from './suite/report.js';

export const program = fileURLToPath(new URL('run.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function conformance(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** What `--json` prints. */
export interface JsonReport {
  readonly totals: Totals;
  readonly leftOut: readonly string[];
  readonly sections: readonly SectionResult[];
}

export function reportIn({ stdout, stderr }: Ended): JsonReport {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as JsonReport; // written by asJson in this shape
}
