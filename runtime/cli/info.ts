/** `vmwire info`: tells what KVM can do on this machine. */
import { release } from 'node:os';
import { Kvm } from '../kvm/kvm.js';
import { visible } from '../codec/quoted.js';
import { type Arguments, type Command, table } from './command.js';
import { bootFailure } from './kvm-failure.js';
import { paint, printJson, printLine } from './print.js';
import { status } from './status.js';

/** Everything that KVM tells of itself. */
function collect(path: string): object & { capabilities: Record<string, number> } & Counts {
  using kvm = Kvm.open(path);
  return {
    device: path,
    apiVersion: kvm.apiVersion,
    kernel: release(),
    architecture: process.arch,
    node: process.version,
    recommendedVcpus: kvm.recommendedVcpus,
    maxVcpus: kvm.maxVcpus,
    maxVcpuId: kvm.maxVcpuId,
    memorySlots: kvm.memorySlots,
    vcpuMmapSize: kvm.vcpuMmapSize,
    supportedCpuid: kvm.x86.supportedCpuid().length,
    msrs: kvm.x86.msrs().length,
    featureMsrs: kvm.x86.featureMsrs().length,
    capabilities: kvm.capabilities(),
  };
}

interface Counts {
  readonly device: string;
  readonly apiVersion: number;
  readonly kernel: string;
  readonly architecture: string;
  readonly node: string;
  readonly recommendedVcpus: number;
  readonly maxVcpus: number;
  readonly maxVcpuId: number;
  readonly memorySlots: number;
  readonly vcpuMmapSize: number;
  readonly supportedCpuid: number;
  readonly msrs: number;
  readonly featureMsrs: number;
}

/** What `vmwire run` can't do without. */
const needed = ['USER_MEMORY', 'IRQCHIP', 'IOEVENTFD', 'IRQFD', 'IMMEDIATE_EXIT', 'EXT_CPUID'];

function run(args: Arguments): number {
  const path = args.text('kvm') ?? '/dev/kvm';
  let found: ReturnType<typeof collect>;
  try {
    found = collect(path);
  } catch (error) {
    throw bootFailure(error, path);
  }
  if (args.flag('json')) printJson({ ok: true, ...found });
  else printReport(found);
  return status.done;
}

function printReport({ capabilities, ...found }: ReturnType<typeof collect>): void {
  const { stdout } = process;
  const missing = needed.filter((name) => !capabilities[name]);
  const verdict =
    missing.length === 0
      ? paint(stdout, 'green', 'everything that vmwire run needs')
      : paint(stdout, 'red', `vmwire run can't do without ${missing.join(', ')}`);
  printLine(`${paint(stdout, 'bold', visible(found.device))}: ${verdict}\n`);
  printLine(
    table([
      ['KVM API', `version ${found.apiVersion}`],
      ['Linux', `${found.kernel}, ${found.architecture}`],
      ['Node', found.node],
      ['vCPUs', `${found.recommendedVcpus} recommended, ${found.maxVcpus} at most`],
      ['vCPU ids', `below ${found.maxVcpuId}`],
      ['memory slots', `${found.memorySlots}`],
      ['vCPU page', `${found.vcpuMmapSize} bytes`],
      ['cpuid', `${found.supportedCpuid} entries supported`],
      ['MSRs', `${found.msrs} of a vCPU, ${found.featureMsrs} of the host's features`],
    ]),
  );
  printLine(`\n${paint(stdout, 'bold', 'Capabilities')} (KVM_CHECK_EXTENSION)\n`);
  const rows = Object.entries(capabilities).map(([name, value]): [string, string] => [
    name,
    value === 0 ? paint(stdout, 'dim', 'no') : String(value),
  ]);
  printLine(table(rows));
}

export const command: Command = {
  name: 'info',
  summary: 'Tells what KVM can do on this machine.',
  positionals: '',
  options: { kvm: { value: 'PATH', help: 'the KVM device (default /dev/kvm)' } },
  details: 'The exit status is 1 if there is no KVM here, or no permission to use it.',
  run,
};
