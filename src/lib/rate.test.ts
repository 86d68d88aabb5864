import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addSample, rateOf, type Sample, timeLeft } from './rate.ts';

it('is unknown until there are two samples half a second apart', () => {
  expect(rateOf([], 0)).toBe(null);
  expect(rateOf([{ at: 0, bytes: 0 }], 1000)).toBe(null);
  expect(rateOf(sampled([0, 0], [400, 100]), 400)).toBe(null);
  expect(rateOf(sampled([0, 0], [500, 100]), 500)).toBe(200);
});

it('forgets what is older than ten seconds', () => {
  const samples = sampled([0, 0], [1000, 1_000_000], [12_000, 1_000_100], [14_000, 1_000_300]);
  expect(rateOf(samples, 14_000)).toBe(100);
});

it('falls while nothing comes', () => {
  const samples = sampled([0, 0], [1000, 1000]);
  expect(rateOf(samples, 2000)).toBe(1000);
  expect(rateOf(samples, 12_000)).toBe(100);
});

it('begins anew when progress goes backwards', () => {
  expect(sampled([0, 500], [1000, 100])).toEqual([{ at: 1000, bytes: 100 }]);
});

it('keeps a bounded number of samples however fast they come', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 3000 }), (gaps) => {
      let samples: readonly Sample[] = [];
      let at = 0;
      for (const gap of gaps) {
        at += gap;
        samples = addSample(samples, { at, bytes: at * 7 });
        const rate = rateOf(samples, at);
        if (rate !== null) expect(rate).toBeCloseTo(7000);
      }
      expect(samples.length).toBeLessThan(140);
    }),
    { numRuns: 50 },
  );
});

it('tells the time left only when there is a rate', () => {
  expect([timeLeft(100, null), timeLeft(100, 0), timeLeft(100, 50)]).toEqual([null, null, 2000]);
});

function sampled(...pairs: readonly (readonly [number, number])[]): readonly Sample[] {
  return pairs.reduce<readonly Sample[]>(
    (samples, [at, bytes]) => addSample(samples, { at, bytes }),
    [],
  );
}
