/**
 * A ControlServer in a process of its own, on a simulated VM: `control-server.js NAME` listens on an
 * abstract address; without a name it serves the socket that it inherits as descriptor 3.
 */
import { ControlServer, ExecuteContext, SimulatedVm } from 'vmwire';
import { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { FdSocket } from '../../../runtime/sockets/fd-socket.js';

const server = new ControlServer(new ExecuteContext(new SimulatedVm()));
const [name] = process.argv.slice(2);
if (name === undefined) {
  server.attach(FdSocket.fromFd(OwnedFd.adopt(3, 'the inherited socket')));
} else {
  server.listen({ abstract: name }, { allowAbstract: true, backlog: 4096 });
}
