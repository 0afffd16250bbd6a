/** The one way to leave a test out: by name, with a reason, counted by the runner. */
import type { Test } from 'uvu';

/**
 * Registers a test, or skips it if something that it needs is missing.
 *
 * @param missing why it can't run here (`no /dev/kvm`), or undefined if it can
 *
 * @example
 * testIf(test, kvmMissing(), 'creates a VM', () => { … });
 */
export function testIf<T>(
  test: Test<T>,
  missing: string | undefined,
  name: string,
  run: (context: T) => void | Promise<void>,
): void {
  if (missing === undefined) {
    test(name, run);
    return;
  }
  console.log(`SKIP ${name}: ${missing}`);
  test.skip(name);
}
