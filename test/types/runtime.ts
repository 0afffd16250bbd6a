/** What the types of the runtime promise and refuse: compiled with the project, never run; an expected error that does not come fails the build. */
import type { ControlAnswer, ControlClient, FdSocket, OwnedFd, VmRequest } from 'vmwire';
import { sendVmRequest } from 'vmwire';

/** Compiles only if both are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;

export const answers: readonly true[] = [
  true satisfies Same<ControlAnswer<{ type: 'exit' }>['type'], 'ok'>,
  true satisfies Same<ControlAnswer<{ type: 'unregisterMemory'; slot: number }>['type'], 'ok'>,
];

/** A call is typed by its request. */
export async function calls(client: ControlClient, memory: OwnedFd): Promise<bigint> {
  const { pfn, slot } = await client.call({ type: 'registerMemory', memory, size: 4096n });
  slot satisfies number;
  const ok = await client.call({ type: 'unregisterMemory', slot });
  ok.type satisfies 'ok';
  // @ts-expect-error only registering memory answers with a page frame number
  ok.pfn satisfies bigint;
  // @ts-expect-error sizes are bigints
  await client.call({ type: 'registerMemory', memory, size: 4096 });
  // @ts-expect-error a number is no descriptor
  await client.call({ type: 'registerMemory', memory: 5, size: 4096n });
  // @ts-expect-error it never travels
  await client.call({ type: 'registerIrqfd', event: memory, irq: 5 });
  // @ts-expect-error no such request
  await client.call({ type: 'reboot' });
  // @ts-expect-error a descriptor alone tells no size
  await client.registerMemory(memory);
  return pfn;
}

/** Sockets take what is a descriptor, and options by their names. */
export function sockets(socket: FdSocket, memory: OwnedFd, request: VmRequest): void {
  sendVmRequest(socket, request);
  socket.send(new Uint8Array(24), [memory]);
  // @ts-expect-error a number is no descriptor
  socket.send(new Uint8Array(24), [5]);
  // @ts-expect-error a packet is bytes
  socket.send('hello');
  // @ts-expect-error maxFds is a number
  socket.recv(new Uint8Array(24), { maxFds: '1' });
  // @ts-expect-error a received descriptor is closed or taken, not assigned to
  memory.fd = 5;
}
