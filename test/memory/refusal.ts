/** What a call that must fail fails with. */
import * as assert from 'uvu/assert';
import { SystemError } from '../../runtime/errors.js';

/** The code of the SystemError that `call` throws, whose message must name what was wrong. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    assert.ok(error.message.includes(error.code) && error.operation !== '', error.message);
    return error.code;
  }
  return 'no error';
}
