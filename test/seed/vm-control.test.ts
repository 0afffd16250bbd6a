/** The thirteen tests of the reference (crosvm vm_control/src/lib.rs, January 2018), by their own names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type FdSocket,
  SharedMemory,
  VmControlError,
  recvVmRequest,
  recvVmResponse,
  sendVmRequest,
  sendVmResponse,
  socketPair,
} from '../../runtime/index.js';

const test = suite('the tests of the reference');
const policies = ['strict', 'crosvm2018'] as const;
type Policy = (typeof policies)[number];

/** Runs `body` with a pair of sockets, under both policies. */
function both(name: string, body: (s1: FdSocket, s2: FdSocket, policy: Policy) => void): void {
  test(name, () => {
    for (const policy of policies) {
      const [s1, s2] = socketPair();
      try {
        body(s1, s2, policy);
      } finally {
        s1.close();
        s2.close();
      }
    }
  });
}

function isError(kind: VmControlError['kind'], size?: number): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof VmControlError)) return false;
    return error.kind === kind && (size === undefined || error.size === size);
  };
}

both('request_exit', (s1, s2, policy) => {
  sendVmRequest(s1, { type: 'exit' });
  assert.equal(recvVmRequest(s2, policy), { type: 'exit' });
});

both('request_register_memory', (s1, s2, policy) => {
  using memory = SharedMemory.create({ name: 'seed', size: 4096 });
  sendVmRequest(s1, { type: 'registerMemory', memory, size: 4096n });
  const request = recvVmRequest(s2, policy);
  assert.is(request.type, 'registerMemory');
  if (request.type !== 'registerMemory') return;
  assert.ok(request.memory.fd >= 0);
  assert.is.not(request.memory.fd, memory.fd);
  assert.is(request.size, 4096n);
  request.memory.close();
});

both('request_unregister_memory', (s1, s2, policy) => {
  sendVmRequest(s1, { type: 'unregisterMemory', slot: 77 });
  assert.equal(recvVmRequest(s2, policy), { type: 'unregisterMemory', slot: 77 });
});

both('request_expect_fd', (s1, s2, policy) => {
  const badRequest = new Uint8Array(24);
  badRequest[0] = 2; // registerMemory
  s2.send(badRequest);
  assert.throws(() => recvVmRequest(s1, policy), isError('expectFd'));
});

both('request_no_data', (s1, _, policy) => {
  s1.shutdown();
  assert.throws(() => recvVmRequest(s1, policy), isError('badSize', 0));
});

both('request_bad_size', (s1, s2, policy) => {
  s2.send(new Uint8Array(7).fill(12));
  assert.throws(() => recvVmRequest(s1, policy), isError('badSize', 7));
});

both('request_invalid_type', (s1, s2, policy) => {
  s2.send(new Uint8Array(24).fill(12));
  assert.throws(() => recvVmRequest(s1, policy), isError('invalidType'));
});

both('resp_ok', (s1, s2, policy) => {
  sendVmResponse(s1, { type: 'ok' });
  assert.equal(recvVmResponse(s2, policy), { type: 'ok' });
});

both('resp_err', (s1, s2, policy) => {
  sendVmResponse(s1, { type: 'err', errno: 89 });
  assert.equal(recvVmResponse(s2, policy), { type: 'err', errno: 89 });
});

both('resp_memory', (s1, s2, policy) => {
  sendVmResponse(s1, { type: 'registerMemory', pfn: 55n, slot: 66 });
  assert.equal(recvVmResponse(s2, policy), { type: 'registerMemory', pfn: 55n, slot: 66 });
});

both('resp_no_data', (s1, _, policy) => {
  s1.shutdown();
  assert.throws(() => recvVmResponse(s1, policy), isError('badSize', 0));
});

both('resp_bad_size', (s1, s2, policy) => {
  s2.send(new Uint8Array(7).fill(12));
  assert.throws(() => recvVmResponse(s1, policy), isError('badSize', 7));
});

both('resp_invalid_type', (s1, s2, policy) => {
  s2.send(new Uint8Array(24).fill(12));
  assert.throws(() => recvVmResponse(s1, policy), isError('invalidType'));
});

test.run();
