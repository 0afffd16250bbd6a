/** A server that is told to stop again and again: `stop-server.js NAME`, an abstract address. */
import { ControlServer, ExecuteContext, SimulatedVm } from 'vmwire';

const [abstract = ''] = process.argv.slice(2);
const server = new ControlServer(new ExecuteContext(new SimulatedVm()));
server.listen({ abstract }, { allowAbstract: true });
console.log('ready');
