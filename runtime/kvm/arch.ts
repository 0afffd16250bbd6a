/**
 * The architecture that KVM runs here: the one file of runtime/kvm that names it.
 *
 * What is x86-64's own lies in x86_64/. Another architecture is a second folder with the same file names;
 * then this file chooses one of them by `process.arch`.
 */
export { type ArchExit, exitReaders, instructionAddress } from './x86_64/exits.js';
export { type Irqchip, irqchips } from './x86_64/interrupts.js';
export { deviceWindow } from './x86_64/layout.js';
export { VcpuState, stateCalls } from './x86_64/state.js';
export { X86Kvm } from './x86_64/system.js';
export { X86Vm } from './x86_64/vm.js';
