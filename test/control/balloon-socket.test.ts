/** The balloon: adjustments cross a real socket, and a device receives them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BalloonDevice, BalloonSocket } from '../../runtime/control/balloon-socket.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';

const test = suite('balloon');

/** Waits until a device has received so many adjustments. */
class Adjustments {
  readonly seen: number[] = [];
  #waiter: (() => void) | undefined;

  readonly take = (pages: number): void => {
    this.seen.push(pages);
    this.#waiter?.();
  };

  async until(count: number): Promise<void> {
    while (this.seen.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
  }
}

test('an adjustment is one packet of 4 little-endian bytes', () => {
  const [vmEnd, deviceEnd] = socketPair();
  new BalloonSocket(vmEnd).adjust(-2);
  const packet = new Uint8Array(8);
  assert.is(deviceEnd.recv(packet).length, 4);
  assert.equal([...packet.subarray(0, 4)], [0xfe, 0xff, 0xff, 0xff]);
  vmEnd.close();
  deviceEnd.close();
});

for (const type of ['datagram', 'seqpacket'] as const) {
  test(`a device receives every adjustment in order (${type})`, async () => {
    await leavesNothingOpen(async () => {
      const [vmEnd, deviceEnd] = FdSocket.pair(type);
      const adjustments = new Adjustments();
      using device = new BalloonDevice(deviceEnd, adjustments.take);
      const balloon = new BalloonSocket(vmEnd);
      const pages = [1, -1, 256, -(2 ** 31), 2 ** 31 - 1];
      for (const each of pages) balloon.adjust(each);
      await adjustments.until(pages.length);
      assert.equal(adjustments.seen, pages);
      vmEnd.close();
      device.close();
      device.close();
    });
  });
}

test('what is no adjustment is ignored', async () => {
  const [vmEnd, deviceEnd] = socketPair();
  const adjustments = new Adjustments();
  using device = new BalloonDevice(deviceEnd, adjustments.take);
  vmEnd.send(Uint8Array.of(1, 2, 3));
  vmEnd.send(new Uint8Array(5));
  new BalloonSocket(vmEnd).adjust(7);
  await adjustments.until(1);
  assert.equal(adjustments.seen, [7]);
  device.close();
  vmEnd.close();
});

test('an adjustment that can’t be sent is refused', () => {
  const [vmEnd, deviceEnd] = socketPair();
  const balloon = new BalloonSocket(vmEnd);
  for (const pages of [0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1]) {
    assert.is(
      refusal(() => balloon.adjust(pages)),
      'EINVAL',
      String(pages),
    );
  }
  const fill = (): void => {
    for (;;) balloon.adjust(1);
  };
  assert.is(refusal(fill), 'EAGAIN', 'nobody reads');
  deviceEnd.close();
  assert.is(
    refusal(() => balloon.adjust(1)),
    'ECONNREFUSED',
  );
  assert.is(
    refusal(() => balloon.adjust(1)),
    'ENOTCONN',
  );
  vmEnd.close();
  assert.is(
    refusal(() => balloon.adjust(1)),
    'EBADF',
  );
});

test.run();
