/** What native/ says of the C interface, as expressions that a C compiler can answer from its headers. */
import * as epoll from '../../native/epoll.js';
import { errno } from '../../native/errno.js';
import * as eventfd from '../../native/eventfd.js';
import * as fd from '../../native/fd.js';
import * as kvmNumbers from '../../native/kvm/numbers.js';
import * as kvmSystem from '../../native/kvm/system.js';
import * as kvmVcpu from '../../native/kvm/vcpu.js';
import * as kvmVm from '../../native/kvm/vm.js';
import * as x86Numbers from '../../native/kvm/x86_64/numbers.js';
import * as x86System from '../../native/kvm/x86_64/system.js';
import * as x86Vcpu from '../../native/kvm/x86_64/vcpu.js';
import * as x86Vm from '../../native/kvm/x86_64/vm.js';
import * as memory from '../../native/memory.js';
import * as signal from '../../native/signal.js';
import * as socket from '../../native/socket.js';
import type { Fields } from '../../native/struct.js';

/** A C expression and the value that we take it for. */
export interface Fact {
  readonly expression: string;
  readonly value: number;
  /** The macro that the headers must have for it, if it is one: they can be older than we are. */
  readonly macro?: string;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The integers of the C library's and the kernel's headers. */
function constants(module: object): Fact[] {
  return Object.entries(module)
    .filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'number')
    .filter(([name]) => !notInHeaders.has(name))
    .map(([name, value]) => ({ expression: name, value: Number(value), macro: name }));
}

/** Constants of the kernel's own, or that no header of user space has. */
const notInHeaders = new Set(['SCM_MAX_FD']);

const widths = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 } as const;

/** Offset and size of each member, those of nested structs included. */
function members(struct: string, fields: Fields, path = '', base = 0): Fact[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const member = path + snakeCase(name);
    const offset = base + field.offset;
    const facts = [{ expression: `offsetof(struct ${struct}, ${member})`, value: offset }];
    if (field.kind === 'struct') {
      return [...facts, ...members(struct, field.fields, `${member}.`, offset)];
    }
    const size =
      field.kind === 'bytes'
        ? field.count
        : widths[field.type] * (field.kind === 'array' ? field.count : 1);
    return [...facts, { expression: `sizeof(((struct ${struct} *)0)->${member})`, value: size }];
  });
}

/** A table of native/struct.ts. */
interface Layout {
  readonly name: string;
  readonly size: number;
  readonly fields: Fields;
}

function isLayout(value: unknown): value is Layout {
  return typeof value === 'object' && value !== null && 'name' in value && 'fields' in value;
}

function layouts(module: object): Fact[] {
  return Object.values(module)
    .filter(isLayout)
    .flatMap(({ name, size, fields }) => [
      { expression: `sizeof(struct ${name})`, value: size },
      ...members(name, fields),
    ]);
}

/** A plain table of offsets, with the struct's size unless a flexible part follows. */
interface Offsets {
  readonly [member: string]: number | string | Offsets;
}

function offsets(type: string, table: Offsets, path = ''): Fact[] {
  return Object.entries(table).flatMap(([name, value]) => {
    if (typeof value === 'string') return [];
    if (typeof value === 'object') return offsets(type, value, `${path}${name}.`);
    const expression =
      name === 'size' && path === '' ? `sizeof(${type})` : `offsetof(${type}, ${path}${name})`;
    return [{ expression, value }];
  });
}

const capabilities = Object.entries(kvmNumbers.kvmCapabilities).map(([name, value]) => ({
  expression: `KVM_CAP_${name}`,
  value,
  macro: `KVM_CAP_${name}`,
}));

const errnos = Object.entries(errno).map(([name, value]) => ({
  expression: name,
  value,
  macro: name,
}));

/** Members that came later, and a macro that came with them (Linux 6.0 and 6.8). */
const newerMembers: Readonly<Record<string, string>> = {
  triple_fault: 'KVM_VCPUEVENT_VALID_TRIPLE_FAULT',
  memory_fault: 'KVM_CAP_MEMORY_FAULT_INFO',
};

function markNewer(fact: Fact): Fact {
  const member = Object.keys(newerMembers).find((name) => fact.expression.includes(name));
  const macro = member === undefined ? undefined : newerMembers[member];
  return macro === undefined ? fact : { ...fact, macro };
}

/** One part of native/, and what is said there. */
export interface Part {
  readonly name: string;
  readonly facts: readonly Fact[];
}

export const parts: readonly Part[] = [
  { name: 'errno numbers', facts: errnos },
  {
    name: 'epoll',
    facts: [
      ...constants(epoll),
      { expression: 'sizeof(struct epoll_event)', value: epoll.epoll_event.size },
      { expression: 'offsetof(struct epoll_event, events)', value: epoll.epoll_event.events },
      { expression: 'offsetof(struct epoll_event, data)', value: epoll.epoll_event.data },
    ],
  },
  { name: 'eventfds', facts: constants(eventfd) },
  { name: 'descriptors', facts: constants(fd) },
  {
    name: 'memory',
    facts: [
      ...constants(memory),
      ...offsets('struct stat', memory.stat),
      ...offsets('struct statfs', memory.statfs),
      ...offsets('struct iovec', memory.iovec),
    ],
  },
  {
    name: 'signals and timers',
    facts: [
      ...constants(signal),
      { expression: 'sizeof(struct sigaction)', value: signal.sigaction.size },
      { expression: 'offsetof(struct sigaction, sa_handler)', value: signal.sigaction.sa_handler },
      { expression: 'offsetof(struct sigaction, sa_flags)', value: signal.sigaction.sa_flags },
      ...offsets('struct sigevent', sigeventInC()),
      ...offsets('struct itimerspec', signal.itimerspec),
    ],
  },
  {
    name: 'sockets',
    facts: [
      ...constants(socket),
      ...offsets('struct msghdr', socket.msghdr),
      ...offsets('struct cmsghdr', socket.cmsghdr),
      ...offsets('struct sockaddr_un', socket.sockaddr_un),
      ...offsets('struct ucred', socket.ucred),
      ...offsets('struct timeval', socket.timeval),
      ...offsets('struct pollfd', socket.pollfd),
    ],
  },
  {
    name: 'KVM requests',
    facts: [kvmSystem, kvmVm, kvmVcpu, x86System, x86Vm, x86Vcpu].flatMap(constants),
  },
  {
    name: 'KVM numbers',
    facts: [...constants(kvmNumbers), ...constants(x86Numbers), ...capabilities],
  },
  { name: 'KVM structs of a VM', facts: [kvmVm, x86System, x86Vm].flatMap(layouts) },
  { name: 'KVM structs of a vCPU', facts: [kvmVcpu, x86Vcpu].flatMap(layouts).map(markNewer) },
  {
    name: 'the page of a vCPU',
    facts: [kvmVcpu.kvmRun, x86Vcpu.kvmRunDebug]
      .flatMap((table) => offsets('struct kvm_run', table))
      .map(markNewer),
  },
];

/** glibc's header gives the thread of a sigevent no public name. */
function sigeventInC(): Offsets {
  const { sigev_notify_thread_id: thread, ...others } = signal.sigevent;
  return { ...others, '_sigev_un._tid': thread };
}
