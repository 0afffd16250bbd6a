/** The codec that a careful person would write by hand, with the same checks: the baseline of ours. */
import { type Descriptor, FieldValueError, noDescriptors, type Policy } from 'vmwire/codec';
import { VmControlError, type VmRequest, type VmResponse } from 'vmwire/vm-control';

const size = 24;
const max64 = 0xffff_ffff_ffff_ffffn;

function unsigned(value: number, path: string): number {
  if (value >>> 0 !== value) throw new FieldValueError(path, 'an unsigned 32-bit integer', value);
  return value;
}

function signed(value: number, path: string): number {
  if ((value | 0) !== value) throw new FieldValueError(path, 'a signed 32-bit integer', value);
  return value;
}

function unsigned64(value: bigint, path: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > max64) {
    throw new FieldValueError(path, 'an unsigned 64-bit integer', value);
  }
  return value;
}

function descriptor(value: Descriptor, path: string): Descriptor {
  if (typeof value !== 'object' || value === null) {
    throw new FieldValueError(path, 'a descriptor', value);
  }
  return value;
}

function write(view: DataView, at: number, a: number, b: number, c: bigint, d: number): void {
  view.setUint32(at, a, true);
  view.setUint32(at + 4, b, true);
  view.setBigUint64(at + 8, c, true);
  view.setUint32(at + 16, d, true);
  view.setUint32(at + 20, 0, true);
}

export function encodeRequest(message: VmRequest, view: DataView, at = 0): readonly Descriptor[] {
  switch (message.type) {
    case 'exit':
      write(view, at, 1, 0, 0n, 0);
      return noDescriptors;
    case 'registerMemory':
      write(view, at, 2, 0, unsigned64(message.size, 'size'), 0);
      return [descriptor(message.memory, 'memory')];
    case 'unregisterMemory':
      write(view, at, 3, unsigned(message.slot, 'slot'), 0n, 0);
      return noDescriptors;
    case 'balloonAdjust':
      write(view, at, 4, 0, 0n, signed(message.numPages, 'num_pages'));
      return noDescriptors;
    default:
      throw new VmControlError('invalidType', 'vm_request', 'local only', { tag: message.type });
  }
}

function check(view: DataView, length: number, policy: Policy, name: string): number {
  if (policy === 'strict' ? length !== size : length < size) {
    throw new VmControlError('badSize', name, `${length} bytes`, { size: length });
  }
  return view.getUint32(0, true);
}

function none(fds: readonly unknown[], policy: Policy, name: string): void {
  if (fds.length > 0 && policy === 'strict')
    throw new VmControlError('unexpectedFd', name, 'surplus');
}

export function decodeRequest<Fd extends Descriptor>(
  view: DataView,
  length: number,
  fds: Fd[],
  policy: Policy = 'strict',
): VmRequest<Fd> {
  const tag = check(view, length, policy, 'vm_request');
  switch (tag) {
    case 1:
      none(fds, policy, 'vm_request');
      return { type: 'exit' };
    case 2: {
      if (fds.length > 1 && policy === 'strict') none(fds, policy, 'vm_request');
      const memory = fds.pop();
      if (memory === undefined) throw new VmControlError('expectFd', 'vm_request', 'no descriptor');
      return { type: 'registerMemory', memory, size: view.getBigUint64(8, true) };
    }
    case 3:
      none(fds, policy, 'vm_request');
      return { type: 'unregisterMemory', slot: view.getUint32(4, true) };
    case 4:
      none(fds, policy, 'vm_request');
      return { type: 'balloonAdjust', numPages: view.getInt32(16, true) };
    default:
      throw new VmControlError('invalidType', 'vm_request', `tag ${tag}`, { tag });
  }
}

export function encodeResponse(message: VmResponse, view: DataView, at = 0): readonly Descriptor[] {
  switch (message.type) {
    case 'ok':
      view.setUint32(at, 1, true);
      view.setUint32(at + 4, 0, true);
      break;
    case 'err':
      view.setUint32(at, 2, true);
      view.setUint32(at + 4, Math.abs(signed(message.errno, 'errno')), true);
      break;
    case 'registerMemory':
      unsigned64(message.pfn, 'pfn');
      unsigned(message.slot, 'slot');
      view.setUint32(at, 3, true);
      view.setUint32(at + 4, 0, true);
      view.setBigUint64(at + 8, message.pfn, true);
      view.setUint32(at + 16, message.slot, true);
      view.setUint32(at + 20, 0, true);
      return noDescriptors;
  }
  view.setBigUint64(at + 8, 0n, true);
  view.setBigUint64(at + 16, 0n, true);
  return noDescriptors;
}

export function decodeResponse<Fd extends Descriptor>(
  view: DataView,
  length: number,
  fds: Fd[],
  policy: Policy = 'strict',
): VmResponse {
  const tag = check(view, length, policy, 'vm_response');
  none(fds, policy, 'vm_response');
  switch (tag) {
    case 1:
      return { type: 'ok' };
    case 2:
      return { type: 'err', errno: Math.abs(view.getInt32(4, true)) };
    case 3:
      return {
        type: 'registerMemory',
        pfn: view.getBigUint64(8, true),
        slot: view.getUint32(16, true),
      };
    default:
      throw new VmControlError('invalidType', 'vm_response', `tag ${tag}`, { tag });
  }
}
