/** A VMM in one file: RAM, a vCPU, a serial port, a device of its own, and a control socket. */
import { isMainThread } from 'node:worker_threads';
import {
  ControlServer,
  type Devices,
  DeviceBus,
  ExecuteContext,
  GuestMemory,
  Kvm,
  Serial,
  VcpuHandle,
  auditLine,
  setUpLongMode,
} from 'vmwire';

/** The guest, 64-bit code: says "Hi" on the serial port, writes 7 to port 0x10, and sleeps. */
const guest = '66ba f803 b048 ee b069 ee b00a ee b007 e610 f4 ebfd'.replaceAll(' ', '');
const entry = 0x10_0000n;

/** The devices, in the thread of the vCPU, which loads this file for them. */
const devices: Devices = ({ post }) => {
  const bus = new DeviceBus();
  bus.pio.add(0x3f8, 8, new Serial({ output: (byte) => post(String.fromCharCode(byte)) }));
  bus.pio.add(0x10, 1, { write: (_offset, [value]) => post(`port 0x10: ${value}\n`) });
  return bus;
};
export default devices;

async function main(socket: string): Promise<void> {
  using kvm = Kvm.open();
  using ram = GuestMemory.create([{ gpa: 0n, size: 2 << 20 }]);
  using vm = kvm.createVm();
  vm.addGuestMemory(ram);
  vm.x86.createIrqchip();
  const vcpu = vm.createVcpu(0);
  vcpu.state.setCpuid(kvm.x86.supportedCpuid());
  ram.write(entry, Buffer.from(guest, 'hex'));
  setUpLongMode(vcpu, ram, { entry });

  // What clients register is unregistered, and sockets are closed, when this block is left.
  using context = new ExecuteContext(vm);
  using server = new ControlServer(context, { audit: (each) => console.log(auditLine(each)) });
  await using cpu = VcpuHandle.start(vcpu, {
    devices: new URL(import.meta.url),
    onMessage: (text) => process.stdout.write(String(text)),
  });
  server.listen(socket);
  console.log(`ready at ${socket}`);
  await Promise.race([server.exited, cpu.join()]); // vmwire stop SOCKET, or the guest's own end
}

if (isMainThread) await main(process.argv[2] ?? '/tmp/vm.sock');
