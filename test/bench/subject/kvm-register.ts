/** `execute` of a registration and of its end, on KVM, as `kvm register` in baseline/kvm.c. */
import { ExecuteContext, SharedMemory, execute } from 'vmwire';
import { serveCounts } from './counts.js';
import { haltGuest, realModeVm } from './real-mode-vm.js';

const { vm } = realModeVm(haltGuest, false);
const context = new ExecuteContext(vm);
const memory = SharedMemory.create({ name: 'bench', size: 65536 });

await serveCounts((count) => {
  for (let i = 0; i < count; i++) {
    const answer = execute({ type: 'registerMemory', memory, size: 65536n }, context);
    if (answer.type !== 'registerMemory') throw new Error(`refused: ${JSON.stringify(answer)}`);
    const { slot } = answer;
    const end = execute({ type: 'unregisterMemory', slot }, context);
    if (end.type !== 'ok') throw new Error('refused to unregister');
  }
});
