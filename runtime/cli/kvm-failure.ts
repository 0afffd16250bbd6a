/** Why KVM can't be used here, as a failure of a command. */
import { SystemError, systemError } from '../errors.js';
import { CommandError } from './failure.js';
import { status } from './status.js';

/** An image of more bytes than there is RAM: known before it is read. */
export function imageFailure(size: number): CommandError {
  const subject = `image of ${size} bytes`;
  return ramFailure(systemError('EFAULT', 'load', subject), subject);
}

function ramFailure(cause: SystemError, what: string): CommandError {
  const message = `the guest does not fit into its RAM: ${what}`;
  return new CommandError(status.refused, cause, message, 'see --ram');
}

/** `Kvm.open` tells what to do about it in parentheses: that gets a line of its own. So does too little RAM. */
export function bootFailure(error: unknown, path = '/dev/kvm'): unknown {
  if (!(error instanceof SystemError)) return error;
  const { code, operation, subject = '' } = error;
  if (code === 'EFAULT') return ramFailure(error, subject);
  if (!subject.startsWith(path)) return error;
  const [, cure = 'this is not the KVM device'] = /\((.*)\)$/.exec(subject) ?? [];
  return new CommandError(status.refused, error, `no KVM: ${operation} ${path}: ${code}`, cure);
}
