/** What is needed to measure on KVM. */
import { accessSync, constants } from 'node:fs';
import { compileC, program, subject } from '../contender.js';
import type { Prepared } from '../measurement.js';

function canOpenKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A subject, and `baseline/kvm.c` in the same mode. */
export async function onKvm(mode: string, file: string): Promise<Prepared> {
  if (!canOpenKvm()) return { contenders: [], missing: ['all of it: no /dev/kvm'] };
  const contenders = [await subject('vmwire', file, mode)];
  const c = compileC('kvm.c');
  if (c === undefined) return { contenders, missing: ['C: no gcc'] };
  contenders.push(await program('C', [c, mode]));
  return { contenders, missing: [] };
}
