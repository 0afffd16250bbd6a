/** The examples run as they stand. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder, startModule, vmwire } from '../cli/program.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('the examples');

testIf(test, kvmMissing(), 'a VMM in one file', async () => {
  using folder = new Folder();
  const program = startModule('test/examples/vmm.js', [folder.socket]);
  await program.prints(/ready at .*\n/);
  await program.prints(/Hi\nport 0x10: 7\n/);
  const { stdout } = await vmwire(['register', folder.socket, '--size', '64K']);
  assert.match(stdout, /^slot 1: 65536 bytes/);
  assert.is((await vmwire(['stop', folder.socket])).status, 0);
  const ended = await program.ended();
  assert.equal([ended.status, ended.stderr], [0, '']);
  assert.match(ended.stdout, /vm_request\.exit\(\): ok\n$/);
  assert.is(folder.hasSocket, false);
});

test('it has fewer than 60 lines, and imports nothing but the package', () => {
  const source = readFileSync(new URL('../../../test/examples/vmm.ts', import.meta.url), 'utf8');
  assert.ok(source.split('\n').length < 60);
  const imports = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from);
  assert.equal(imports.toSorted(), ['node:worker_threads', 'vmwire']);
});

test.run();
