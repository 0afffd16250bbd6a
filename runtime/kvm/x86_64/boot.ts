/** Puts a vCPU into 64-bit mode with flat segments and identical addresses, ready for a flat image. */
import { systemError } from '../../errors.js';
import { checkBigint } from '../../arguments.js';
import type { GuestMemory } from '../../memory/guest-memory.js';
import type { Segment, VcpuState } from './state.js';

/** A range that the guest reaches at its own address. */
export interface IdentityRange {
  readonly gpa: bigint;
  /** Bytes. */
  readonly size: bigint;
}

/** How the guest begins. */
export interface LongModeOptions {
  /** The address of its first instruction. */
  readonly entry: bigint;
  /** Its first stack pointer; by default below the tables. */
  readonly stack?: bigint | undefined;
  /** Where the tables lie, whole pages; by default at the end of the lowest region of RAM. */
  readonly tables?: bigint | undefined;
  /**
   * What the guest reaches beside RAM; by default 1 GiB from 1 << 38 on, where device memory is
   * registered (page frame number 1 << 26).
   */
  readonly windows?: readonly IdentityRange[] | undefined;
}

/** What the guest was given. */
export interface LongModeLayout {
  /** The tables' first byte, and the one after their last: the guest must leave them alone. */
  readonly tables: bigint;
  readonly tablesEnd: bigint;
  readonly stack: bigint;
}

const page = 4096n;
const largePage = 1n << 21n;
const gib = 1n << 30n;
/** What one entry of the topmost table covers: 512 GiB. */
const topEntry = 1n << 39n;

/** Page table entries (Intel SDM 3A, 4.5): present and writable, and a page of 2 MiB. */
const present = 0x3n;
const presentLarge = 0x83n;

/** Descriptors: 64-bit code, data; the task state takes two entries and follows. */
const codeSelector = 0x08;
const dataSelector = 0x10;
const taskSelector = 0x18;
const codeDescriptor = 0x00af_9b00_0000_ffffn;
const dataDescriptor = 0x00cf_9300_0000_ffffn;
/** In the page of descriptors; the task state segment is 104 bytes of zeros. */
const taskOffset = 0x800n;
const taskLimit = 0x67;

const CR0_PE = 1n;
const CR0_MP = 1n << 1n;
const CR0_ET = 1n << 4n;
const CR0_NE = 1n << 5n;
const CR0_PG = 1n << 31n;
const CR4_PAE = 1n << 5n;
const CR4_OSFXSR = 1n << 9n;
const CR4_OSXMMEXCPT = 1n << 10n;
const EFER_LME = 1n << 8n;
const EFER_LMA = 1n << 10n;

const code: Segment = {
  base: 0n,
  limit: 0xffff_ffff,
  selector: codeSelector,
  type: 11, // execute, read, accessed
  present: 1,
  dpl: 0,
  db: 0,
  s: 1,
  l: 1,
  g: 1,
  avl: 0,
  unusable: 0,
};
const data: Segment = { ...code, selector: dataSelector, type: 3, db: 1, l: 0 };

/** The multiples of `step` that ranges touch, each once, lowest first. */
function steps(ranges: readonly IdentityRange[], step: bigint): bigint[] {
  const found = new Set<bigint>();
  for (const { gpa, size } of ranges) {
    for (let at = gpa - (gpa % step); at < gpa + size; at += step) found.add(at);
  }
  return [...found].toSorted((one, other) => (one < other ? -1 : 1));
}

/** The numbers of the pages that the tables take: descriptors, interrupts, and three levels of paging. */
class TablePlan {
  readonly tops: readonly bigint[];
  readonly gibs: readonly bigint[];
  readonly base: bigint;

  constructor(ranges: readonly IdentityRange[], place: (size: bigint) => bigint) {
    this.tops = steps(ranges, topEntry);
    this.gibs = steps(ranges, gib);
    this.base = place(BigInt(3 + this.tops.length + this.gibs.length) * page);
  }

  get gdt(): bigint {
    return this.base;
  }

  get idt(): bigint {
    return this.base + page;
  }

  get pml4(): bigint {
    return this.base + 2n * page;
  }

  pointers(index: number): bigint {
    return this.base + BigInt(3 + index) * page;
  }

  directory(index: number): bigint {
    return this.base + BigInt(3 + this.tops.length + index) * page;
  }

  get end(): bigint {
    return this.directory(this.gibs.length);
  }
}

function writePages(memory: GuestMemory, plan: TablePlan): void {
  memory.write(plan.base, new Uint8Array(Number(plan.end - plan.base)));
  plan.tops.forEach((top, index) => {
    memory.writeBigUint64(plan.pml4 + (top / topEntry) * 8n, plan.pointers(index) | present);
  });
  plan.gibs.forEach((start, index) => {
    const pointers = plan.pointers(plan.tops.indexOf(start - (start % topEntry)));
    memory.writeBigUint64(
      pointers + ((start % topEntry) / gib) * 8n,
      plan.directory(index) | present,
    );
    for (let at = 0n; at < gib; at += largePage) {
      memory.writeBigUint64(
        plan.directory(index) + (at / largePage) * 8n,
        (start + at) | presentLarge,
      );
    }
  });
}

function writeDescriptors(memory: GuestMemory, plan: TablePlan): void {
  const task = plan.gdt + taskOffset;
  const low =
    BigInt(taskLimit) |
    ((task & 0xff_ffffn) << 16n) |
    (0x8bn << 40n) | // present, busy 64-bit task state
    (((task >> 24n) & 0xffn) << 56n);
  const entries = [0n, codeDescriptor, dataDescriptor, low, task >> 32n];
  entries.forEach((entry, index) => memory.writeBigUint64(plan.gdt + BigInt(index) * 8n, entry));
}

function enterLongMode(state: VcpuState, plan: TablePlan): void {
  const special = state.getSpecialRegisters();
  state.setSpecialRegisters({
    ...special,
    cs: code,
    ds: data,
    es: data,
    fs: data,
    gs: data,
    ss: data,
    tr: {
      ...code,
      base: plan.gdt + taskOffset,
      limit: taskLimit,
      selector: taskSelector,
      s: 0,
      l: 0,
      g: 0,
    },
    gdt: { base: plan.gdt, limit: 5 * 8 - 1 },
    idt: { base: plan.idt, limit: 0xfff },
    cr0: CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_PG,
    cr3: plan.pml4,
    cr4: CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT,
    efer: EFER_LME | EFER_LMA,
  });
}

/**
 * Writes descriptor tables, an empty interrupt table and page tables into RAM, and sets the registers:
 * 64-bit mode, privilege 0, interrupts off, every address of RAM and of the windows meaning itself, in
 * pages of 2 MiB. An exception without a handler in the interrupt table ends in a `shutdown` exit.
 *
 * The vCPU must have been given a cpuid that offers long mode (`vcpu.state.setCpuid`).
 *
 * @throws SystemError EFAULT if the tables don't fit into RAM, EINVAL if an address is no address
 *
 * @example
 * ram.write(0x10_0000n, image);
 * setUpLongMode(vcpu, ram, { entry: 0x10_0000n });
 * vcpu.run();
 */
export function setUpLongMode(
  vcpu: { readonly state: VcpuState },
  memory: GuestMemory,
  options: LongModeOptions,
): LongModeLayout {
  const { entry, windows = [{ gpa: 1n << 38n, size: gib }] } = options;
  const [lowest] = memory.regions;
  if (lowest === undefined) throw systemError('EFAULT', 'setUpLongMode', 'no RAM');
  const ram = memory.regions.map(({ gpa, size }) => ({ gpa, size: BigInt(size) }));
  const plan = new TablePlan(
    [...ram, ...windows],
    (size) => options.tables ?? lowest.gpa + BigInt(lowest.size) - size,
  );
  checkBigint('setUpLongMode', 'entry', entry, 0n, 2n ** 48n - 1n);
  if (options.tables === undefined && plan.base < lowest.gpa) {
    const subject = `tables of ${plan.end - plan.base} bytes in ${lowest.size} bytes of RAM`;
    throw systemError('EFAULT', 'setUpLongMode', subject);
  }
  checkBigint('setUpLongMode', 'tables', plan.base, 0n, 2n ** 52n - 1n);
  if (plan.base % page !== 0n) {
    throw systemError('EINVAL', 'setUpLongMode', `tables ${plan.base} (must be whole pages)`);
  }
  const { stack = plan.base } = options;
  writePages(memory, plan);
  writeDescriptors(memory, plan);
  enterLongMode(vcpu.state, plan);
  vcpu.state.setRegisters({ ...zeroRegisters, rip: entry, rsp: stack, rflags: 2n });
  return { tables: plan.base, tablesEnd: plan.end, stack };
}

const zeroRegisters = {
  rax: 0n,
  rbx: 0n,
  rcx: 0n,
  rdx: 0n,
  rsi: 0n,
  rdi: 0n,
  rsp: 0n,
  rbp: 0n,
  r8: 0n,
  r9: 0n,
  r10: 0n,
  r11: 0n,
  r12: 0n,
  r13: 0n,
  r14: 0n,
  r15: 0n,
};
