/** `vmwire run`: boots a guest and serves its control socket until it's asked to exit. */
import { type AuditEntry, auditLine } from '../control/audit.js';
import { SimulatedVm } from '../vm/simulated.js';
import { echoGuestImage } from '../guest/echo-guest.js';
import { EchoLink } from '../guest/echo-link.js';
import { Machine } from '../machine/machine.js';
import { Vmm, type VmmEnd } from '../vmm/vmm.js';
import { addressOf } from './client.js';
import type { Arguments, Command } from './command.js';
import { listenFailure } from './failure.js';
import { bootFailure } from './kvm-failure.js';
import { type RunReport, runReport } from './run-report.js';
import { type RunSettings, readSettings, runOptions } from './run-settings.js';
import { type Signals, signals } from './signals.js';
import { status } from './status.js';

/** Where the image is loaded. */
const entry = 0x10_0000n;

function boot(args: Arguments, { image, ramSize }: RunSettings, report: RunReport): Machine {
  const kvm = args.text('kvm');
  try {
    return Machine.boot({
      image: image ?? echoGuestImage(),
      entry,
      ramSize,
      kvm,
      onSerial: (text) => report.serial(text),
    });
  } catch (error) {
    throw bootFailure(error, kvm);
  }
}

function serve(vmm: Vmm, args: Arguments, { sockets, fds, access }: RunSettings): void {
  const type = args.flag('datagram') ? 'datagram' : 'seqpacket';
  for (const socket of sockets) {
    try {
      vmm.server.listen(addressOf(socket), { type, access, allowAbstract: true });
    } catch (error) {
      throw listenFailure(error, socket);
    }
  }
  for (const fd of fds) {
    try {
      vmm.server.adopt(fd, access);
    } catch (error) {
      throw listenFailure(error, `descriptor ${fd}`);
    }
  }
}

/** Serves until the VM ends, a signal comes, or something fails; then everything is closed. */
async function serveUntilEnd(
  args: Arguments,
  settings: RunSettings,
  report: RunReport,
  caught: Signals,
): Promise<VmmEnd | 'signal'> {
  const machine = args.flag('simulate') ? new SimulatedVm() : boot(args, settings, report);
  let link: EchoLink | undefined;
  const vmm = new Vmm(machine, {
    execute: { policy: settings.policy },
    onBalloon: (pages) => report.balloon(pages),
    audit: (request: AuditEntry) => {
      if (args.flag('audit')) report.audit(auditLine(request));
      link?.follow(request);
    },
  });
  try {
    if (settings.image === undefined) {
      const memory = machine instanceof Machine ? machine.memory : undefined;
      link = new EchoLink(vmm.context, memory, entry);
    }
    serve(vmm, args, settings);
    const what = machine instanceof SimulatedVm ? machine.description : 'VM';
    report.ready(what, [...settings.sockets, ...settings.fds.map((fd) => `descriptor ${fd}`)]);
    return await Promise.race([vmm.ended, caught.first.then(() => 'signal' as const)]);
  } finally {
    await vmm.close();
    link?.close();
  }
}

async function run(args: Arguments): Promise<number> {
  const settings = readSettings(args);
  const report = runReport(args.flag('json'));
  using caught = signals(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const end = await serveUntilEnd(args, settings, report, caught);
  if (end === 'signal') return caught.dieOfIt();
  report.end(end);
  const { reason } = end;
  return reason === 'exitRequested' || reason === 'stopped' ? status.done : status.refused;
}

export const command: Command = {
  name: 'run',
  summary: 'Boots a guest on KVM, and serves its control socket until a client asks it to exit.',
  positionals: '[SOCKET…]',
  options: runOptions,
  details: `SOCKET is a path, or @NAME for an abstract address. Without one, and without --fd, it is
vmwire-PID.sock in $XDG_RUNTIME_DIR or the folder for temporary files. One line on standard output
tells when it is ready; what the guest prints follows. On a terminal each of its lines begins
with | and control characters are spelled out; a pipe gets the bytes as they are.
The built-in guest prints the text in memory that is registered, and writes it back in upper case,
0x800 further on.

SIGINT, SIGTERM and SIGHUP end it in order: then it dies of the signal (status 130, 143 or 129 in a
shell). If the guest ends by itself the status is 1.`,
  run,
};
