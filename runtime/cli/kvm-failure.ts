/** Why KVM can't be used here, as a failure of a command. */
import { SystemError } from '../errors.js';
import { CommandError } from './failure.js';
import { status } from './status.js';

/** `Kvm.open` tells what to do about it in parentheses: that gets a line of its own. So does too little RAM. */
export function bootFailure(error: unknown, path = '/dev/kvm'): unknown {
  if (!(error instanceof SystemError)) return error;
  const { code, operation, subject = '' } = error;
  if (code === 'EFAULT') {
    const message = `the guest does not fit into its RAM: ${subject}`;
    return new CommandError(status.refused, error, message, 'see --ram');
  }
  const [, cure] = /\((.*)\)$/.exec(subject) ?? [];
  if (cure === undefined || !subject.startsWith(path)) return error;
  return new CommandError(status.refused, error, `no KVM: ${operation} ${path}: ${code}`, cure);
}
