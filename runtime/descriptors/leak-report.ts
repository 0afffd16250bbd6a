/** With VMWIRE_DEBUG set: descriptors that are still open when the process exits, and who opened them. */

interface Opened {
  readonly fd: number;
  readonly what: string;
  readonly where: string;
}

const enabled = (process.env['VMWIRE_DEBUG'] ?? '') !== '';
const opened = enabled ? new Map<object, Opened>() : undefined;

if (opened !== undefined) {
  process.once('exit', () => {
    for (const { fd, what, where } of opened.values()) {
      process.stderr.write(
        `vmwire: descriptor ${fd} (${what}) was never closed; opened ${where}\n`,
      );
    }
  });
}

/** Notes that `owner` holds an open descriptor. */
export function remember(owner: object, fd: number, what: string): void {
  if (opened === undefined) return;
  const stack = new Error('opened').stack?.split('\n').slice(3, 8) ?? [];
  opened.set(owner, { fd, what, where: stack.map((line) => line.trim()).join(' ') });
}

/** Notes that `owner` holds it no more. */
export function forget(owner: object): void {
  opened?.delete(owner);
}
