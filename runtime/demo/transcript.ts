/** What the demonstration prints: one line for each thing that someone does, as it happens. */
import { vmRequestCodec, vmResponseCodec } from '../../generated/vm_control/vm_control.js';
import { errnoName } from '../../native/errno.js';
import { type MessageDescription, formatMessage } from '../codec/index.js';
import { type Style, paint, printLine } from '../cli/print.js';
import type { OpenResources } from './what-is-open.js';

const styles = { vmm: 'cyan', guest: 'green', balloon: 'yellow', control: 'bold' } as const;

/** Who acts: the VMM's process, its guest, its balloon device, or the other process. */
export type Actor = keyof typeof styles;

const width = Math.max(...Object.keys(styles).map((actor) => actor.length));

/** Somebody does something. */
export function tell(actor: Actor, what: string): void {
  const style: Style = styles[actor];
  printLine(`  ${paint(process.stdout, style, actor.padEnd(width))}  ${what}`);
}

/** A line between the parts, or an empty one. */
export function headline(text = ''): void {
  printLine(text === '' ? '' : paint(process.stdout, 'bold', text));
}

function format(description: MessageDescription, message: object): string {
  const text = formatMessage(description, { type: '', ...message }, { errnoName });
  return text.slice(description.name.length + 1);
}

/** A request, by the names of the schema: `unregister_memory(slot: 1)`. */
export function requestText(request: object): string {
  return format(vmRequestCodec.description, request);
}

/** A response: `register_memory(pfn: 67108864, slot: 1)`. */
export function responseText(response: object): string {
  return format(vmResponseCodec.description, response);
}

/** Tells what a process has left open. @returns whether that is nothing */
export function tellWhatIsLeft(actor: Actor, left: OpenResources): boolean {
  const counts = Object.entries(left);
  const nothing = counts.every(([, count]) => count === 0);
  const list = counts.map(([what, count]) => `${count} ${what}`).join(', ');
  const verdict = paint(process.stdout, nothing ? 'green' : 'red', nothing ? 'nothing' : 'a leak');
  tell(actor, `pid ${process.pid} has left open: ${verdict} (${list})`);
  return nothing;
}
