/** How calls of a client end, as tests compare it. */
import { VmControlError } from '../../generated/vm_control/vm_control.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { SystemError } from '../../runtime/errors.js';

/** `ok`, `refused ENOENT`, `recv ECONNRESET`, `system EBADF`, or whatever it was rejected with. */
export async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return named(error);
  }
}

/** The same of a call that blocks. */
export function outcomeSync(call: () => unknown): unknown {
  try {
    call();
    return 'ok';
  } catch (error) {
    return named(error);
  }
}

function named(error: unknown): unknown {
  if (error instanceof VmRefusedError) return `refused ${error.code}`;
  if (error instanceof VmControlError) return `${error.kind} ${error.code}`;
  return error instanceof SystemError ? `system ${error.code}` : error;
}
