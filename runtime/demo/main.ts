/**
 * `npm start`: a VM and a second process that controls it, through every request of the protocol.
 *
 * This process is the VMM. It exits with 1 if anything fails, or if anything is left open.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOrExit } from '../cli/parse-or-exit.js';
import { exitAtSignals } from '../cli/signals.js';
import type { AuditEntry } from '../control/audit.js';
import { SimulatedVm } from '../vm/simulated.js';
import { SystemError } from '../errors.js';
import { echoGuest, echoGuestImage } from '../guest/echo-guest.js';
import { EchoLink } from '../guest/echo-link.js';
import { Machine } from '../machine/machine.js';
import { Vmm } from '../vmm/vmm.js';
import { headline, requestText, responseText, tell, tellWhatIsLeft } from './transcript.js';
import { difference, openWhatStays, whatIsOpen } from './what-is-open.js';

const entry = 0x10_0000n;

/** What only a guest can do. */
const guestSteps = [
  'the guest boots in 64-bit mode and prints on its serial port',
  'the guest takes the interrupt of an irqfd',
  'the guest reads and writes the memory that the other process registered',
  'the guest fires an ioeventfd',
];

/** Prints whole lines of what the guest prints. */
class GuestLines {
  #rest = '';

  add(bytes: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) tell('guest', `prints: ${line.replace(/^guest: /, '')}`);
  }
}

/** Boots the guest, or says why there is none. */
function boot(simulate: boolean, kvm: string | undefined): Machine | SimulatedVm {
  let reason = 'as was asked for';
  if (!simulate) {
    const lines = new GuestLines();
    const onSerial = (bytes: Uint8Array): void => lines.add(bytes);
    try {
      const machine = Machine.boot({ image: echoGuestImage(), entry, kvm, onSerial });
      headline('Two processes and a VM on KVM: every request of the protocol\n');
      return machine;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      reason = error.message;
    }
  }
  headline(
    `Without KVM (${reason}): the conversation runs on SimulatedVm, the guest's steps are skipped\n`,
  );
  return new SimulatedVm();
}

function audit({ peer, request, response }: AuditEntry): void {
  if (request === undefined || response === undefined) return;
  const [name] = requestText(request).split('(');
  tell('vmm', `executes ${name} for pid ${peer?.pid}: ${responseText(response)}`);
}

/** Runs the second process to its end. @returns its exit status */
async function control(socket: string, kind: 'guest' | 'no-guest'): Promise<number> {
  const program = fileURLToPath(new URL('./controller.js', import.meta.url));
  const child = spawn(process.execPath, [program, socket, kind], { stdio: 'inherit' });
  const end = (): boolean => child.kill();
  process.once('exit', end);
  const [code]: unknown[] = await once(child, 'exit');
  process.off('exit', end);
  return typeof code === 'number' ? code : 1;
}

/** @returns how often the guest rang, and the other process's exit status */
async function demonstrate(
  machine: Machine | SimulatedVm,
  folder: string,
): Promise<{ rings: number; childStatus: number }> {
  let rings = 0;
  await using vmm = new Vmm(machine, {
    onBalloon: (pages) => tell('balloon', `receives ${pages > 0 ? '+' : ''}${pages} pages`),
    audit: (done) => {
      audit(done);
      link.follow(done);
    },
  });
  const memory = machine instanceof Machine ? machine.memory : undefined;
  const link = new EchoLink(vmm.context, memory, entry, {
    executed: (request) => tell('vmm', `executes locally ${requestText(request)}: ok`),
    told: (gpa) => {
      tell(
        'vmm',
        `tells the guest of 0x${gpa.toString(16)}, fires the irqfd of line ${echoGuest.gsi}`,
      );
    },
    rung: () => {
      rings++;
      tell(
        'vmm',
        `sees the ioeventfd of port 0x600 fire: the guest ${rings === 1 ? 'is ready' : 'has answered'}`,
      );
    },
  });
  try {
    const socket = join(folder, 'vm.sock');
    vmm.server.listen(socket);
    tell('vmm', `pid ${process.pid} serves ${socket}, mode 0600`);
    const childStatus = await control(socket, memory === undefined ? 'no-guest' : 'guest');
    if (childStatus === 0) tell('vmm', `ends: ${(await vmm.ended).reason}`);
    return { rings, childStatus };
  } finally {
    link.close();
  }
}

const { values } = parseOrExit(
  { options: { simulate: { type: 'boolean', default: false }, kvm: { type: 'string' } } },
  'npm start -- [--simulate | --kvm PATH]',
);
const folder = mkdtempSync(join(tmpdir(), 'vmwire-demo-'));
// Also at a signal, and when nobody reads on.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
exitAtSignals();
openWhatStays();
const before = whatIsOpen();
const machine = boot(values.simulate, values.kvm);
const hasGuest = machine instanceof Machine;
const { rings, childStatus } = await demonstrate(machine, folder);
const isClean = tellWhatIsLeft('vmm', difference(before, whatIsOpen()));
if (!hasGuest) {
  headline('\nSkipped, for want of KVM:');
  for (const step of guestSteps) headline(`  ${step}`);
}
if (childStatus !== 0 || !isClean || (hasGuest && rings !== 2)) process.exitCode = 1;
