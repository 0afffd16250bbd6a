/** The same bytes from any folder, in any locale and time zone, in any order of the schemas. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownSchemas } from '../../schemas.js';
import { command, filesIn, root } from './command.js';

const cwd = mkdtempSync(join(tmpdir(), 'vmwire-deterministic-'));
test.after(() => rmSync(cwd, { recursive: true }));

const places: readonly Readonly<Record<string, string>>[] = [
  { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Pacific/Chatham', COLUMNS: '40' },
  { LANG: 'C', LC_ALL: 'C', TZ: 'America/St_Johns', FORCE_COLOR: '1', HOME: '/nonexistent' },
];

for (const [index, env] of places.entries()) {
  test(`as committed: ${env['LANG']}, ${env['TZ']}`, async () => {
    const schemas = index === 0 ? ownSchemas : ownSchemas.toReversed();
    const out = `out${index}`;
    const { status, stderr } = await command(['generate', ...schemas, '--out', out], { cwd, env });
    assert.is(status, 0, stderr);
    const written = filesIn(join(cwd, out));
    const committed = filesIn(join(root, 'generated'));
    assert.equal(Object.keys(written), Object.keys(committed));
    for (const [path, text] of Object.entries(committed)) assert.ok(written[path] === text, path);
  });
}

test('as committed: from inside the folder of revisions', async () => {
  const history = join(root, 'schema/history');
  const schemas = [...readdirSync(history), '../vm_control.ksy'];
  const out = join(root, 'generated');
  const { status, stderr } = await command(['check', ...schemas, '--out', out], { cwd: history });
  assert.is(status, 0, stderr);
});

test.run();
