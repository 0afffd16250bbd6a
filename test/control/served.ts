/** A server on a simulated VM with a socket of its own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '../../runtime/control/audit.js';
import { ExecuteContext, type ExecuteOptions } from '../../runtime/control/context.js';
import { ControlServer, type ServeOptions } from '../../runtime/control/server.js';
import { SimulatedVm } from '../../runtime/vm/simulated.js';

/** What is served, and how. */
export interface ServedOptions {
  readonly execute?: ExecuteOptions;
  readonly serve?: ServeOptions;
  readonly maxClients?: number;
}

/** A server that listens, with everything that it needs, in a folder that disappears with it. */
export class Served implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'vmwire-served-'));
  readonly path = join(this.folder, 'vm.sock');
  readonly vm = new SimulatedVm();
  readonly context: ExecuteContext;
  readonly server: ControlServer;
  readonly audit: AuditEntry[] = [];

  constructor({ execute, serve, maxClients }: ServedOptions = {}) {
    try {
      this.context = new ExecuteContext(this.vm, execute);
      this.server = new ControlServer(this.context, {
        audit: (entry) => this.audit.push(entry),
        maxClients,
      });
      this.server.listen(this.path, serve);
    } catch (error) {
      rmSync(this.folder, { recursive: true });
      throw error;
    }
  }

  /** Waits until so many requests were handled. */
  async handled(count: number): Promise<void> {
    for (const deadline = Date.now() + 5_000; this.audit.length < count;) {
      if (Date.now() > deadline) throw new Error(`${this.audit.length} of ${count} requests came`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  [Symbol.dispose](): void {
    this.server.close();
    this.context.close();
    this.vm.close();
    rmSync(this.folder, { recursive: true });
  }
}
