/** Which response belongs to which request. */
import {
  VmControlError,
  type VmRequest,
  type VmRequestRegisterIoevent,
  type VmRequestRegisterIrqfd,
  type VmResponse,
  type VmResponseByRequest,
  vmRequestCodec,
  vmResponseCodec,
} from '../../generated/vm_control/vm_control.js';
import { VmRefusedError } from './refusal.js';

/** A request that travels. The others are executed by the process that holds the VM. */
export type ControlRequest = Exclude<VmRequest, VmRequestRegisterIoevent | VmRequestRegisterIrqfd>;

/** The response to a request that succeeded: `{ pfn, slot }` for `registerMemory`. */
export type ControlAnswer<R extends ControlRequest> = VmResponseByRequest[R['type']];

/** The type of the response that means success, by the type of the request. */
const expected = new Map(
  vmRequestCodec.description.variants.map(({ key, response }) => [
    key,
    vmResponseCodec.description.variants.find(({ name }) => name === response)?.key,
  ]),
);

/**
 * The response, if it is the one that means success.
 *
 * @throws VmRefusedError if the VM refused
 * @throws VmControlError `invalidType` if the response answers another kind of request
 */
export function answerTo<R extends ControlRequest>(
  request: R,
  response: VmResponse,
): ControlAnswer<R> {
  if (response.type === 'err') throw new VmRefusedError(request.type, response.errno);
  if (response.type !== expected.get(request.type)) {
    const text = `${response.type} does not answer ${request.type}`;
    throw new VmControlError('invalidType', 'vm_response', text, { tag: response.type });
  }
  // The table above is made from the same schema as VmResponseByRequest.
  return response as ControlAnswer<R>;
}
