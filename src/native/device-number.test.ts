import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromCephDevice, makedev, toCephDevice } from './device-number.ts';

it('makes numbers as the C library does', () => {
  // `stat -c %t:%T` of a device that was made with these.
  expect(makedev(1n, 5n)).toBe(0x105n);
  expect(makedev(8n, 300n)).toBe(0x10_082cn);
});

it('reads what the clients of CephFS store: the major part above 20 bits of the minor one', () => {
  expect(fromCephDevice((1n << 20n) | 5n)).toBe(0x105n);
  expect(toCephDevice(0x105n)).toBe((1n << 20n) | 5n);
});

it('gives each number back, for all that fit in 32 bits', () => {
  const major = fc.bigInt(0n, 0xfffn);
  const minor = fc.bigInt(0n, 0xf_ffffn);
  fc.assert(
    fc.property(major, minor, (high, low) => {
      expect(fromCephDevice(toCephDevice(makedev(high, low)))).toBe(makedev(high, low));
    }),
  );
});
