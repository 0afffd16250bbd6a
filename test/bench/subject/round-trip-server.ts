/** The server of `round-trip.js` in a process of its own, on the socket that it inherits as descriptor 3. */
import { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { FdSocket } from '../../../runtime/sockets/fd-socket.js';
import { VmControlError } from 'vmwire/vm-control';
import { serve } from './serve.js';

const socket = FdSocket.fromFd(OwnedFd.adopt(3, 'the inherited socket'));
try {
  for (;;) serve(socket);
} catch (error) {
  // The end of the connection reads as an empty packet.
  if (!(error instanceof VmControlError && error.size === 0)) throw error;
}
