/** Each language's bindings give the golden vectors' results, for every schema; a planted fault shows. */
import { basename } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { c, type Language, languages, python, rust } from '../conformance/languages.js';
import { ownSchemas, protocolOf, sampleSchemas } from '../schemas.js';
import { testIf } from '../skip.js';
import { runVectors } from './run-vectors.js';

for (const file of [...ownSchemas, ...sampleSchemas]) {
  for (const language of languages) {
    testIf(test, language.missing, `${language.name} on ${basename(file)}`, async () => {
      const { count, failures } = await runVectors(language, await protocolOf(file));
      assert.equal(failures.slice(0, 10), []);
      assert.ok(count > 10, `only ${count} vectors`);
    });
  }
}

/** What to replace in the bindings of vm_control, and what goes wrong then. */
const faults: readonly [Language, string, string | RegExp, string][] = [
  [rust, 'wrong offset', /put\(bytes, offset_of!\(VmRequestWire, size\)/g, 'put(bytes, 4'],
  [rust, 'wrong tag', '            4 => {', '            5 => {'],
  [rust, 'first of several descriptors', 'if max == 1 { fds.len() - count }', 'if max == 1 { 0 }'],
  [rust, 'errno not made positive', '.unsigned_abs()', '.wrapping_neg()'],
  [c, 'wrong byte order', /bytes\[i\] = /, 'bytes[size - 1 - i] = '],
  [c, 'padding not cleared', 'memset(bytes, 0,', 'memset(bytes, 7,'],
  [c, 'long packets accepted', '&& policy == VMWIRE_STRICT))', '&& policy != VMWIRE_STRICT))'],
  [c, 'half a tag compared', 'wire, type), 4)) {', 'wire, type), 2)) {'],
  [python, 'sign lost', /, signed=True\),/g, '),'],
  [python, 'missing descriptor accepted', 'if len(fds) < minimum', 'if len(fds) + 1 < minimum'],
  [
    python,
    'surplus descriptors accepted',
    'policy == "strict":\n        raise ProtocolError("un',
    'policy == "":\n        raise ProtocolError("un',
  ],
];

for (const [language, name, pattern, replacement] of faults) {
  testIf(test, language.missing, `${language.name} with a fault (${name}) fails`, async () => {
    const [schema = ''] = ownSchemas;
    let planted = 0;
    const { failures } = await runVectors(language, await protocolOf(schema), (text) => {
      const changed = text.replace(pattern, replacement);
      if (changed !== text) planted += 1;
      return changed;
    });
    assert.ok(planted > 0, 'nothing was changed');
    assert.ok(failures.length > 0, 'no vector failed');
  });
}

test.run();
