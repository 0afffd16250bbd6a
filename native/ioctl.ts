/** ioctl, and how its request numbers are made (asm-generic/ioctl.h). */
import { libc } from './library.js';

/**
 * In truth variadic; with its third argument fixed to one word it is the same call on x86-64 and
 * aarch64, and faster. -1 is failure; everything else is the answer.
 */
export const ioctl: (fd: number, request: number, argument: number) => number = libc.func(
  'int ioctl(int, ulong, uintptr_t)',
);

const write = 1;
const read = 2;

function request(direction: number, type: number, number: number, size: number): number {
  return ((direction << 30) | (size << 16) | (type << 8) | number) >>> 0;
}

/** A request without a struct. */
export const io = (type: number, number: number): number => request(0, type, number, 0);
/** A request whose struct the kernel reads. */
export const iow = (type: number, number: number, struct: { readonly size: number }): number =>
  request(write, type, number, struct.size);
/** A request whose struct the kernel writes. */
export const ior = (type: number, number: number, struct: { readonly size: number }): number =>
  request(read, type, number, struct.size);
/** A request whose struct the kernel reads and writes. */
export const iowr = (type: number, number: number, struct: { readonly size: number }): number =>
  request(read | write, type, number, struct.size);
