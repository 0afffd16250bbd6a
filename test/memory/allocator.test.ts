/** The address allocators, against a naive model. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressAllocator, BumpAllocator } from '../../runtime/memory/allocator.js';
import { refusal } from './refusal.js';

const test = suite('allocator');

/** One flag for each of a few units of addresses: the plainest first fit there is. */
class Model {
  readonly #taken: boolean[];
  readonly #base: number;

  constructor(base: number, length: number) {
    this.#base = base;
    this.#taken = Array.from({ length }, () => false);
  }

  allocate(size: number, alignment: number): number | undefined {
    for (let at = 0; at + size <= this.#taken.length; at++) {
      const aligned = (this.#base + at) % alignment === 0;
      if (aligned && !this.#taken.slice(at, at + size).includes(true)) {
        this.#taken.fill(true, at, at + size);
        return this.#base + at;
      }
    }
    return undefined;
  }

  free(start: number, size: number): void {
    this.#taken.fill(false, start - this.#base, start - this.#base + size);
  }

  get available(): number {
    return this.#taken.filter((taken) => !taken).length;
  }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('allocate' as const),
    size: fc.integer({ min: 1, max: 24 }),
    alignment: fc.constantFrom(1, 2, 4, 8, 16),
  }),
  fc.record({ kind: fc.constant('free' as const), which: fc.nat(40) }),
);

test('behaves like the model, step by step', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(step, { maxLength: 80 }), (base, steps) => {
      const allocator = new AddressAllocator(BigInt(base), BigInt(base + 64));
      const model = new Model(base, 64);
      const live: { start: number; size: number }[] = [];
      for (const each of steps) {
        if (each.kind === 'allocate') {
          const { size, alignment } = each;
          const start = model.allocate(size, alignment);
          const allocate = (): bigint => allocator.allocate(BigInt(size), BigInt(alignment));
          if (start === undefined) {
            assert.is(refusal(allocate), 'ENOSPC');
          } else {
            assert.is(allocate(), BigInt(start));
            live.push({ start, size });
          }
        } else {
          const [gone] = live.splice(each.which % Math.max(live.length, 1), 1);
          if (gone === undefined) continue;
          model.free(gone.start, gone.size);
          allocator.free(BigInt(gone.start));
        }
        assert.is(allocator.available, BigInt(model.available));
      }
    }),
    { numRuns: 500 },
  );
});

test('what was freed joins its neighbours', () => {
  const allocator = new AddressAllocator(0n, 0x4000n);
  const [a, b, c, d] = [0, 1, 2, 3].map(() => allocator.allocate(4096n));
  assert.is(
    refusal(() => allocator.allocate(1n)),
    'ENOSPC',
  );
  for (const start of [b, d, c, a]) allocator.free(start ?? -1n);
  assert.is(allocator.allocate(0x4000n), 0n);
});

test('the last address of all', () => {
  const allocator = new AddressAllocator(2n ** 64n - 8192n, 2n ** 64n);
  assert.is(allocator.allocate(4096n), 2n ** 64n - 8192n);
  assert.is(allocator.allocate(4096n), 2n ** 64n - 4096n);
  assert.is(
    refusal(() => allocator.allocate(4096n)),
    'ENOSPC',
  );
});

test('requests that make no sense', () => {
  const allocator = new AddressAllocator(0n, 65_536n);
  for (const size of [0n, -1n, 2n ** 64n]) {
    assert.is(
      refusal(() => allocator.allocate(size)),
      'EINVAL',
      `size ${size}`,
    );
  }
  for (const alignment of [0n, -1n, 3n, 4097n]) {
    assert.is(
      refusal(() => allocator.allocate(1n, alignment)),
      'EINVAL',
      `alignment ${alignment}`,
    );
  }
  const start = allocator.allocate(4096n);
  assert.is(
    refusal(() => allocator.free(start + 1n)),
    'EINVAL',
  );
  allocator.free(start);
  assert.is(
    refusal(() => allocator.free(start)),
    'EINVAL',
  );
  assert.is(
    refusal(() => new AddressAllocator(5n, 5n)),
    'EINVAL',
  );
  assert.is(
    refusal(() => new AddressAllocator(-1n, 5n)),
    'EINVAL',
  );
  assert.is(
    refusal(() => new AddressAllocator(0n, 2n ** 64n + 1n)),
    'EINVAL',
  );
});

test('the bump allocator grows by pages and one more, and never comes back', () => {
  const pages = new BumpAllocator(1n << 38n);
  const first = pages.allocate(4096n);
  assert.is(first, 1n << 38n);
  assert.is(pages.next - first, 2n * 4096n);
  const second = pages.allocate(65_536n);
  assert.is(pages.next - second, 17n * 4096n);
  pages.free();
  assert.is(pages.next - second, 17n * 4096n);
  pages.cancel(second);
  assert.is(pages.allocate(4096n), second);
  assert.is(
    refusal(() => pages.allocate(0n)),
    'EINVAL',
  );
});

test.run();
