/** Lists of unknown length that KVM fills: cpuid leaves and MSR numbers. */
import { errno } from '../../../native/errno.js';
import { kvmCpuid2, kvmCpuidEntry2, kvmMsrList } from '../../../native/kvm/x86_64/system.js';
import { type StructValue, readStruct, writeStruct } from '../../../native/struct.js';
import { SystemError } from '../../errors.js';
import { kvmCall, structMemory } from '../call.js';

/** One leaf (`function`) or subleaf (`index`) of cpuid, and what it answers. */
export interface CpuidEntry extends StructValue<typeof kvmCpuidEntry2> {}

/** More entries than any processor has: what asks for more is not a list that is too short. */
const mostEntries = 8192;

/** Calls with room for more and more entries, for as long as KVM says E2BIG. */
function grow<T>(operation: string, call: (room: number) => T): T {
  for (let room = 64; ; room *= 2) {
    try {
      return call(room);
    } catch (error) {
      const tooSmall = error instanceof SystemError && error.errno === errno.E2BIG;
      if (!tooSmall || room >= mostEntries) {
        throw error instanceof SystemError ? error : new SystemError(errno.E2BIG, operation);
      }
    }
  }
}

/** KVM_GET_SUPPORTED_CPUID, KVM_GET_EMULATED_CPUID or KVM_GET_CPUID2. */
export function readCpuid(fd: number, request: number, operation: string): CpuidEntry[] {
  return grow(operation, (room) => {
    const size = kvmCpuid2.size + room * kvmCpuidEntry2.size;
    const { address, view, bytes } = structMemory(size);
    bytes.fill(0, 0, size); // KVM_GET_EMULATED_CPUID refuses entries whose padding isn't zero
    writeStruct(kvmCpuid2, view, 0, { nent: room });
    kvmCall(fd, request, address, operation);
    const { nent } = readStruct(kvmCpuid2, view);
    return Array.from({ length: nent }, (_, index) =>
      readStruct(kvmCpuidEntry2, view, kvmCpuid2.size + index * kvmCpuidEntry2.size),
    );
  });
}

/** KVM_SET_CPUID2. */
export function writeCpuid(
  fd: number,
  request: number,
  operation: string,
  entries: readonly CpuidEntry[],
): void {
  const { address, view } = structMemory(kvmCpuid2.size + entries.length * kvmCpuidEntry2.size);
  writeStruct(kvmCpuid2, view, 0, { nent: entries.length });
  entries.forEach((entry, index) => {
    writeStruct(kvmCpuidEntry2, view, kvmCpuid2.size + index * kvmCpuidEntry2.size, entry);
  });
  kvmCall(fd, request, address, operation, undefined, {
    EINVAL: 'set it once, and before the vCPU has run',
  });
}

/** KVM_GET_MSR_INDEX_LIST or KVM_GET_MSR_FEATURE_INDEX_LIST. */
export function readMsrList(fd: number, request: number, operation: string): number[] {
  return grow(operation, (room) => {
    const { address, view } = structMemory(kvmMsrList.size + room * 4);
    writeStruct(kvmMsrList, view, 0, { nmsrs: room });
    kvmCall(fd, request, address, operation);
    const { nmsrs } = readStruct(kvmMsrList, view);
    return Array.from({ length: nmsrs }, (_, index) =>
      view.getUint32(kvmMsrList.size + index * 4, true),
    );
  });
}
