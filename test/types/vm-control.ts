/**
 * What the compiler of TypeScript must refuse in uses of the generated types. Compiled with the
 * project and never run: an expected error that does not come fails the build.
 */
import type { Descriptor } from '../../runtime/codec/index.js';
import {
  decodeVmResponse,
  encodeVmRequest,
  type VmRequest,
  type VmRequestRegisterMemory,
  type VmResponse,
  vmRequest,
} from '../../generated/vm_control/vm_control.js';

declare const memory: Descriptor;
declare const view: DataView;

export const right: readonly VmRequest[] = [
  { type: 'exit' },
  { type: 'registerMemory', memory, size: 4096n },
  { type: 'unregisterMemory', slot: 1 },
  { type: 'balloonAdjust', numPages: -1 },
  vmRequest.registerMemory(memory, 4096n),
];

// @ts-expect-error a number is no descriptor
export const numberAsDescriptor: VmRequest = { type: 'registerMemory', memory: 5, size: 4096n };
// @ts-expect-error a descriptor is no number
export const descriptorAsNumber: VmRequest = { type: 'balloonAdjust', numPages: memory };
// @ts-expect-error a member is missing
export const missing: VmRequest = { type: 'registerMemory', memory };
// @ts-expect-error 64 bits are a bigint
export const numberFor64Bits: VmRequest = { type: 'registerMemory', memory, size: 4096 };
// @ts-expect-error 32 bits are a number
export const bigintFor32Bits: VmRequest = { type: 'unregisterMemory', slot: 1n };
// @ts-expect-error a member of another variant
export const stranger: VmRequest = { type: 'exit', slot: 1 };
// @ts-expect-error no such variant
export const unknownVariant: VmRequest = { type: 'suspend' };
// @ts-expect-error a response is no request
encodeVmRequest({ type: 'ok' } satisfies VmResponse, view);
// @ts-expect-error the order of the constructor's parameters
vmRequest.registerMemory(4096n, memory);
// @ts-expect-error a policy that does not exist
decodeVmResponse(view, 24, [], 'lenient');

export function readonlyMembers(request: VmRequestRegisterMemory): void {
  // @ts-expect-error messages are values
  request.size = 0n;
}

/** Every variant is told apart by its type, and a forgotten one shows. */
export function exhaustive(response: VmResponse): string {
  switch (response.type) {
    case 'ok':
      return '';
    case 'err':
      return String(response.errno satisfies number);
    case 'registerMemory':
      return String(response.pfn satisfies bigint);
    default:
      return response satisfies never;
  }
}

export function forgetful(response: VmResponse): string {
  if (response.type === 'ok') return '';
  // @ts-expect-error two variants are left
  return response satisfies never;
}

/** What is received is of the type of what was given: owned descriptors stay owned. */
export function keepsTheType(owned: (Descriptor & { close(): void })[], packet: VmRequest): void {
  const decoded = decodeVmResponse(view, 24, owned);
  if (decoded.type !== 'err') return;
  // @ts-expect-error an error has no slot
  void decoded.slot;
  // @ts-expect-error nothing is known of the variant yet
  void packet.slot;
}
