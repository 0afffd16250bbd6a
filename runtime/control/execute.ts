/** Requests, executed on a VM. */
import { IoeventAddress } from '../vm/target.js';
import type { VmRequest, VmResponse } from '../../generated/vm_control/vm_control.js';
import { AddressSpace, vmResponse } from '../../generated/vm_control/vm_control.js';
import { SystemError, systemError } from '../errors.js';
import { checkInteger, invalidArgument } from '../arguments.js';
import type { ExecuteContext } from './context.js';

/**
 * Does what a request asks for. A refusal is the response `err` with a positive errno, and leaves
 * nothing behind: no slot, no address, no mapping.
 *
 * Descriptors are borrowed: whoever received the request closes it afterwards.
 *
 * @example
 * const context = new ExecuteContext(new SimulatedVm());
 * const memory = SharedMemory.create({ name: 'frame', size: 4096 });
 * execute({ type: 'registerMemory', memory, size: 4096n }, context);
 * // { type: 'registerMemory', pfn: 67108864n, slot: 1 }
 */
export function execute(request: VmRequest, context: ExecuteContext): VmResponse {
  context.running = true;
  try {
    return perform(request, context);
  } catch (error) {
    // Anything but a refusal of the system is a fault of ours, which an answer must not hide.
    if (!(error instanceof SystemError)) throw error;
    return vmResponse.err(error.errno);
  }
}

function perform(request: VmRequest, context: ExecuteContext): VmResponse {
  switch (request.type) {
    case 'exit':
      context.running = false;
      return vmResponse.ok();
    case 'registerMemory': {
      const { pfn, slot } = context.memory.register(request.memory, request.size);
      return vmResponse.registerMemory(pfn, slot);
    }
    case 'unregisterMemory':
      context.memory.unregister(request.slot);
      return vmResponse.ok();
    case 'balloonAdjust':
      if (context.balloon === undefined) throw systemError('ENODEV', 'balloonAdjust');
      context.balloon.adjust(request.numPages);
      return vmResponse.ok();
    case 'registerIoevent':
      // It never travels, so that no codec has looked at it.
      checkInteger('registerIoevent', 'datamatch', request.datamatch, 0, 0xffff_ffff);
      context.vm.registerIoevent(request.event, ioeventAddress(request.space, request.address), {
        length: 4,
        value: BigInt(request.datamatch),
      });
      return vmResponse.ok();
    case 'registerIrqfd':
      context.vm.registerIrqfd(request.event, request.irq);
      return vmResponse.ok();
    default:
      // Only untyped callers get here: decoding has refused what it doesn't know.
      throw invalidArgument('execute', 'request', request, 'one that the protocol has');
  }
}

function ioeventAddress(space: number, address: bigint): IoeventAddress {
  switch (space) {
    case AddressSpace.pio:
      return IoeventAddress.pio(address);
    case AddressSpace.mmio:
      return IoeventAddress.mmio(address);
    default:
      throw systemError('EINVAL', 'registerIoevent', `address space ${space}`);
  }
}
