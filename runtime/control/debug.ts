/** The live conversation on standard error, with VMWIRE_DEBUG set: every message as it passes. */
import { writeSync } from 'node:fs';
import { errnoName } from '../../native/errno.js';
import { type MessageDescription, formatMessage } from '../codec/index.js';

const enabled = (process.env['VMWIRE_DEBUG'] ?? '') !== '';

/** Prints a message that was sent (`->`) or received (`<-`). Does nothing unless it was asked for. */
export function showMessage(
  direction: '->' | '<-',
  description: MessageDescription,
  message: object,
): void {
  if (!enabled) return;
  // Whatever a codec took or gave has a type, and members by its description's names.
  const line = formatMessage(description, { type: '', ...message }, { errnoName });
  // At once, so that the last messages of a process that dies are seen.
  try {
    writeSync(2, `vmwire[${process.pid}] ${direction} ${line}\n`);
  } catch {
    // Nobody reads it (EPIPE), or nobody reads it now (EAGAIN): the conversation goes on.
  }
}
