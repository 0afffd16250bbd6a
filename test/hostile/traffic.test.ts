/** Malformed traffic: each packet is answered as the policy says, and nothing stays behind. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RemoteServer } from './remote-server.js';
import { type TransportType, runTraffic } from './traffic.js';

const test = suite('malformed traffic');

/** Generous: the heap grows and shrinks; a leak of one packet's memory each would pass it. */
const mostGrowth = 64 << 20;

const packets: Record<TransportType, number> = { seqpacket: 6_000, datagram: 3_000 };

for (const type of ['seqpacket', 'datagram'] as const) {
  test(`${type}: ${packets[type]} packets of a seed, and nothing grows`, async () => {
    using server = await RemoteServer.start({ type });
    await runTraffic(server, type, 1, 500);
    const before = await server.quiet();
    const traffic = await runTraffic(server, type, 2, packets[type]);
    assert.ok(traffic.refused > packets[type] / 4, `${traffic.refused} refused`);
    assert.is(traffic.politeServed, packets[type] / 50);
    const after = await server.until(
      `as before, ${JSON.stringify(before)}`,
      ({ descriptors, mappings, threads, slots, clients }) =>
        descriptors <= before.descriptors &&
        mappings === before.mappings &&
        threads <= before.threads &&
        slots === 0 &&
        clients === 0,
    );
    assert.ok(after.residentMemory < before.residentMemory + mostGrowth);
  });
}

test.run();
