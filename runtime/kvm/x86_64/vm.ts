/** What a VM has on x86-64 alone: a PC's interrupt controllers and timer, and what real mode needs. */
import {
  KVM_CREATE_IRQCHIP,
  KVM_CREATE_PIT2,
  KVM_GET_IRQCHIP,
  KVM_GET_PIT2,
  KVM_SET_BOOT_CPU_ID,
  KVM_SET_IDENTITY_MAP_ADDR,
  KVM_SET_IRQCHIP,
  KVM_SET_PIT2,
  KVM_SET_TSS_ADDR,
  kvmIrqchip,
  kvmPitChannelState,
  kvmPitConfig,
  kvmPitState2,
} from '../../../native/kvm/x86_64/vm.js';
import { readStruct, writeStruct } from '../../../native/struct.js';
import { checkBigint, checkInteger, checkOneOf, invalidArgument } from '../../arguments.js';
import type { Descriptor } from '../../codec/index.js';
import { giveStruct, kvmCall, structMemory } from '../call.js';
import { type Irqchip, type PitState, irqchips } from './interrupts.js';

const u32Maximum = 0xffff_ffff;
const chipNames = Object.keys(irqchips);

/** What has to come first, where KVM tells no more than an errno. */
const chipsFirst = 'make the interrupt controllers first: createIrqchip';
const beforeVcpus = 'before the first vCPU is made';

/**
 * What a VM has on x86-64 alone, as `vm.x86`.
 *
 * @example
 * vm.x86.createIrqchip();
 * vm.x86.createPit();
 */
export class X86Vm {
  readonly #vm: Descriptor;

  constructor(vm: Descriptor) {
    this.#vm = vm;
  }

  /**
   * KVM_CREATE_IRQCHIP: two 8259s, an IOAPIC, and a local APIC for each vCPU created from now on.
   *
   * @throws SystemError EEXIST if there is one, EINVAL if there are vCPUs already
   */
  createIrqchip(): void {
    kvmCall(this.#vm.fd, KVM_CREATE_IRQCHIP, 0, 'KVM_CREATE_IRQCHIP', undefined, {
      EINVAL: `make the interrupt controllers ${beforeVcpus}`,
      EEXIST: 'there are interrupt controllers already',
    });
  }

  /**
   * KVM_GET_IRQCHIP: the state of a controller, 512 bytes laid out as `kvm_pic_state` or
   * `kvm_ioapic_state`.
   *
   * @throws SystemError ENXIO without controllers
   */
  getIrqchip(chip: Irqchip): Uint8Array {
    checkOneOf('KVM_GET_IRQCHIP', 'chip', chip, chipNames);
    const { address, view } = structMemory(kvmIrqchip.size);
    writeStruct(kvmIrqchip, view, 0, { chipId: irqchips[chip], chip: new Uint8Array(512) });
    kvmCall(this.#vm.fd, KVM_GET_IRQCHIP, address, 'KVM_GET_IRQCHIP', chip, { ENXIO: chipsFirst });
    return readStruct(kvmIrqchip, view).chip;
  }

  /** KVM_SET_IRQCHIP. @throws SystemError ENXIO without controllers */
  setIrqchip(chip: Irqchip, state: Uint8Array): void {
    checkOneOf('KVM_SET_IRQCHIP', 'chip', chip, chipNames);
    const value = { chipId: irqchips[chip], chip: state };
    giveStruct(this.#vm.fd, KVM_SET_IRQCHIP, 'KVM_SET_IRQCHIP', kvmIrqchip, value, {
      ENXIO: chipsFirst,
    });
  }

  /**
   * KVM_CREATE_PIT2: the 8254 timer, which raises gsi 0.
   *
   * @throws SystemError EEXIST if there is one, ENOENT without controllers
   */
  createPit(): void {
    giveStruct(
      this.#vm.fd,
      KVM_CREATE_PIT2,
      'KVM_CREATE_PIT2',
      kvmPitConfig,
      { flags: 0 },
      { ENOENT: chipsFirst, EEXIST: 'there is a timer already' },
    );
  }

  /** KVM_GET_PIT2. @throws SystemError ENXIO without a timer */
  getPit(): PitState {
    const { address, view } = structMemory(kvmPitState2.size);
    kvmCall(this.#vm.fd, KVM_GET_PIT2, address, 'KVM_GET_PIT2', undefined, timerFirst);
    return {
      channels: [0, 1, 2].map((channel) =>
        readStruct(kvmPitChannelState, view, channel * kvmPitChannelState.size),
      ),
      flags: readStruct(kvmPitState2, view).flags,
    };
  }

  /** KVM_SET_PIT2. @throws SystemError ENXIO without a timer */
  setPit(state: PitState): void {
    const channels = new Uint8Array(3 * kvmPitChannelState.size);
    const view = new DataView(channels.buffer);
    for (const index of [0, 1, 2]) {
      const channel = state.channels[index];
      if (channel === undefined) {
        throw invalidArgument('KVM_SET_PIT2', 'channels', state.channels.length, 'three');
      }
      writeStruct(kvmPitChannelState, view, index * kvmPitChannelState.size, channel);
    }
    const value = { channels, flags: state.flags };
    giveStruct(this.#vm.fd, KVM_SET_PIT2, 'KVM_SET_PIT2', kvmPitState2, value, timerFirst);
  }

  /** KVM_SET_TSS_ADDR: three pages below 4 GiB that Intel's real mode needs, outside of all memory. */
  setTssAddress(gpa: bigint): void {
    checkBigint('KVM_SET_TSS_ADDR', 'address', gpa, 0n, BigInt(u32Maximum));
    kvmCall(this.#vm.fd, KVM_SET_TSS_ADDR, Number(gpa), 'KVM_SET_TSS_ADDR', hex(gpa));
  }

  /** KVM_SET_IDENTITY_MAP_ADDR: one page for the same purpose. @throws SystemError EINVAL if there are vCPUs */
  setIdentityMapAddress(gpa: bigint): void {
    const operation = 'KVM_SET_IDENTITY_MAP_ADDR';
    checkBigint(operation, 'address', gpa, 0n, BigInt(u32Maximum));
    const { address, view } = structMemory(8);
    view.setBigUint64(0, gpa, true);
    kvmCall(this.#vm.fd, KVM_SET_IDENTITY_MAP_ADDR, address, operation, hex(gpa), {
      EINVAL: `set it ${beforeVcpus}`,
    });
  }

  /** KVM_SET_BOOT_CPU_ID: which vCPU starts, 0 by default. @throws SystemError EBUSY if there are vCPUs */
  setBootCpuId(id: number): void {
    const operation = 'KVM_SET_BOOT_CPU_ID';
    checkInteger(operation, 'id', id, 0, u32Maximum);
    kvmCall(this.#vm.fd, KVM_SET_BOOT_CPU_ID, id, operation, `vCPU ${id}`, {
      EBUSY: `set it ${beforeVcpus}`,
    });
  }
}

const timerFirst = { ENXIO: 'make the timer first: createPit' };

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
