/** Small guests: a VM with RAM and a few instructions, on the real KVM. */
import { Kvm } from '../../runtime/kvm/kvm.js';
import { type IdentityRange, setUpLongMode } from '../../runtime/kvm/x86_64/boot.js';
import type { Vcpu } from '../../runtime/kvm/vcpu.js';
import type { Vm } from '../../runtime/kvm/vm.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';

/** Where guests' code begins. */
export const entry = 0x1000n;

/** What a guest has besides its code. */
export interface GuestOptions {
  readonly ramSize?: number;
  readonly irqchip?: boolean;
}

/** How a vCPU is set up. */
export interface VcpuOptions {
  readonly id?: number;
  /** Where its code lies. */
  readonly at?: bigint;
  /** What it reaches besides RAM; by default device memory from 1 << 38 on. */
  readonly windows?: readonly IdentityRange[];
}

/** A VM with RAM, and the end of both. */
export class Guest implements Disposable {
  readonly vm: Vm;
  readonly ram: GuestMemory;
  readonly #kvm: Kvm;

  constructor({ ramSize = 1 << 20, irqchip = false }: GuestOptions = {}) {
    this.#kvm = Kvm.open();
    this.ram = GuestMemory.create([{ gpa: 0n, size: ramSize }]);
    this.vm = this.#kvm.createVm();
    if (irqchip) this.vm.x86.createIrqchip();
    this.vm.addGuestMemory(this.ram);
  }

  /** A vCPU in 64-bit mode about to run machine code, given as hex. */
  vcpu(hex: string, options: VcpuOptions = {}): Vcpu {
    const { id = 0, at = entry, windows } = options;
    const tables = 0x8_0000n + BigInt(id) * 0x1_0000n;
    this.ram.write(at, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const vcpu = this.vm.createVcpu(id);
    vcpu.state.setCpuid(this.#kvm.x86.supportedCpuid());
    setUpLongMode(vcpu, this.ram, { entry: at, tables, windows });
    return vcpu;
  }

  /** A vCPU in real mode at an address below 64 KiB. */
  realModeVcpu(hex: string, id = 0): Vcpu {
    this.ram.write(entry, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const vcpu = this.vm.createVcpu(id);
    const special = vcpu.state.getSpecialRegisters();
    vcpu.state.setSpecialRegisters({ ...special, cs: { ...special.cs, base: 0n, selector: 0 } });
    vcpu.state.setRegisters({ ...vcpu.state.getRegisters(), rip: entry, rflags: 2n });
    return vcpu;
  }

  [Symbol.dispose](): void {
    this.vm.close();
    this.ram.close();
    this.#kvm.close();
  }
}

/** Machine code of one register move: `mov r64, imm64` for rax (0), rcx (1), rdx (2), rbx (3), rsi (6), rdi (7). */
export function load(register: 0 | 1 | 2 | 3 | 6 | 7, value: bigint): string {
  const immediate = Buffer.alloc(8);
  immediate.writeBigUInt64LE(value);
  return `48${(0xb8 + register).toString(16)}${immediate.toString('hex')}`;
}

/** HLT, which exits where KVM has no interrupt controller. */
export const hlt = 'f4';

/** `jmp` to itself. */
export const spin = 'ebfe';
