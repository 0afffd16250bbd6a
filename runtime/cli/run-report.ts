/** What `vmwire run` tells while it runs: lines for people, or one JSON object a line. */
import { StringDecoder } from 'node:string_decoder';
import type { VmmEnd } from '../vmm/vmm.js';
import { visible } from '../codec/quoted.js';
import { GuestScreen } from './guest-screen.js';
import { paint, printJson, printLine, write } from './print.js';

/** What happens to a VM. */
export interface RunReport {
  ready(what: string, sockets: readonly string[]): void;
  /** What the guest printed. */
  serial(bytes: Uint8Array): void;
  balloon(pages: number): void;
  /** One request and its result. */
  audit(line: string): void;
  end(end: VmmEnd): void;
}

/** Why a guest ended, in words. */
function endOf(end: VmmEnd): string | undefined {
  switch (end.reason) {
    case 'exitRequested':
    case 'stopped':
      return undefined;
    case 'shutdown':
      return 'the guest ended: a triple fault';
    case 'memoryFault':
      return 'the guest ended: the memory behind an address is gone (its owner made it smaller)';
    case 'internalError':
      return `the guest ended: KVM met something that it can't do (suberror ${end.suberror})`;
    case 'failEntry':
      return `the guest ended: the processor refused to enter it (0x${end.hardwareReason.toString(16)})`;
    case 'systemEvent':
      return `the guest ended: system event ${end.type}`;
    default:
      return `the guest ended: ${end.reason}`;
  }
}

/** Only where the guest's bytes go to a terminal: whoever pipes them on gets them as they are. */
const screen = process.stdout.isTTY
  ? new GuestScreen(() => process.stdout.columns || 80)
  : undefined;

const forPeople: RunReport = {
  ready(what, sockets) {
    const { stdout } = process;
    const line = `${what} ready at ${visible(sockets.join(', '))} (pid ${process.pid})`;
    endGuestLine();
    printLine(`${paint(stdout, 'green', 'vmwire:')} ${line}`);
  },
  serial: (bytes) => write(process.stdout, screen?.show(bytes) ?? bytes),
  balloon: (pages) => note(`balloon: ${pages < 0 ? '' : '+'}${pages} pages`),
  audit: (line) => note(line),
  end(end) {
    const line = endOf(end);
    if (line !== undefined) note(line);
    endGuestLine();
  },
};

function endGuestLine(): void {
  const end = screen?.endLine() ?? '';
  if (end !== '') write(process.stdout, end);
}

function note(line: string): void {
  const { stderr } = process;
  endGuestLine();
  write(stderr, `${paint(stderr, 'cyan', 'vmwire:')} ${visible(line)}\n`);
}

/** A character of several bytes may come in parts: the guest prints byte by byte. */
const decoder = new StringDecoder('utf8');

const forMachines: RunReport = {
  ready: (what, sockets) => printJson({ event: 'ready', what, sockets, pid: process.pid }),
  serial: (bytes) => printText(decoder.write(Buffer.from(bytes))),
  balloon: (pages) => printJson({ event: 'balloon', pages }),
  audit: (line) => printJson({ event: 'request', line }),
  end(end) {
    printText(decoder.end());
    printJson({ event: 'end', ...end });
  },
};

function printText(text: string): void {
  if (text !== '') printJson({ event: 'serial', text });
}

/** The report that was asked for. */
export function runReport(json: boolean): RunReport {
  return json ? forMachines : forPeople;
}
