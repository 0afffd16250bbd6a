/** A VM whose one vCPU runs a few bytes of real-mode code from address 0, as in baseline/kvm.c. */
import { GuestMemory, Kvm, type Vcpu, type Vm } from 'vmwire';

/** out %al, $0x10; jmp back */
export const pioGuest = [0xe6, 0x10, 0xeb, 0xfc];
/** mov %al, 0x8000, which is not in a slot; jmp back */
export const mmioGuest = [0xa2, 0x00, 0x80, 0xeb, 0xfb];
/** hlt; jmp back: with interrupt controllers the halt stays in the kernel */
export const haltGuest = [0xf4, 0xeb, 0xfd];

export function realModeVm(guest: readonly number[], irqchip: boolean): { vm: Vm; vcpu: Vcpu } {
  const vm = Kvm.open().createVm();
  if (irqchip) vm.x86.createIrqchip();
  const ram = GuestMemory.create([{ gpa: 0n, size: 0x4000 }]);
  ram.write(0n, Uint8Array.from(guest));
  vm.addGuestMemory(ram);
  const vcpu = vm.createVcpu(0);
  const special = vcpu.state.getSpecialRegisters();
  vcpu.state.setSpecialRegisters({ ...special, cs: { ...special.cs, base: 0n, selector: 0 } });
  vcpu.state.setRegisters({ ...vcpu.state.getRegisters(), rip: 0n, rflags: 2n });
  return { vm, vcpu };
}
