/** A server on a simulated VM in a process of its own: it serves a socket, and tells what it holds. */
import { readFileSync } from 'node:fs';
import { type ServeOptions, ControlServer } from '../../runtime/control/server.js';
import { ExecuteContext, type ExecuteOptions } from '../../runtime/control/context.js';
import { SimulatedVm } from '../../runtime/vm/simulated.js';
import { type OpenResources, whatIsOpen } from '../../runtime/demo/what-is-open.js';

/** What the process serves. */
export interface ServerSettings {
  readonly path: string;
  readonly type?: ServeOptions['type'];
  readonly backing?: ExecuteOptions['backing'];
  readonly maxClients?: number;
}

/** What the process holds, and what it has done. */
export interface ServerCounts extends OpenResources {
  readonly slots: number;
  readonly clients: number;
  readonly requests: number;
  /** Bytes of objects, and what they hold outside of V8's heap, after a collection. */
  readonly heapUsed: number;
  /** Bytes. */
  readonly residentMemory: number;
}

const settings: ServerSettings = JSON.parse(process.argv[2] ?? '{}');
const vm = new SimulatedVm();
const context = new ExecuteContext(vm, {
  backing: settings.backing,
  balloon: { adjust: () => {} },
  limits: { bytes: 1n << 40n, slots: 64 },
});
let requests = 0;
const server = new ControlServer(context, {
  audit: () => requests++,
  maxClients: settings.maxClients,
});
server.listen(settings.path, { type: settings.type });

function counts(): ServerCounts {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    ...whatIsOpen(),
    slots: context.memory.usage.slots,
    clients: server.clients,
    requests,
    heapUsed: heapUsed + external,
    residentMemory:
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  };
}

process.on('message', () => process.send?.(counts()));
process.once('disconnect', () => process.exit());
process.send?.('ready');
