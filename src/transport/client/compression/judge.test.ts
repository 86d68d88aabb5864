import { describe, expect, it } from 'vitest';
import { simulatePush } from '../../../../test/support/simulated-push.ts';

const AROUND = { source: 5000, link: 10, compressor: 200, ratio: 0.3 };

describe('a push whose way is judged', () => {
  it.each([
    [{ ...AROUND, link: 10 }, 10 / 0.3],
    [{ ...AROUND, link: 1 }, 1 / 0.3],
    // The link is not full: how fast it is must be looked at again from time to time, and costs a little.
    [{ ...AROUND, link: 100, compressor: 150, ratio: 0.25 }, 150],
  ])('goes compressed on a slow link, from the start: %j', (around, best) => {
    const [first, rest] = simulatePush(() => around, [40, 240]);
    expect(first?.compressed).toBeGreaterThan(0.9);
    expect(rest?.compressed).toBeGreaterThan(0.9);
    expect(rest?.speed).toBeGreaterThan(best * 0.93);
    expect(rest?.speed).toBeLessThan(best * 1.07);
  });

  it.each([
    ['a link that is faster than the compressor', { ...AROUND, link: 1000 }, 1000],
    ['a link that is about as fast', { ...AROUND, link: 190 }, 190],
    ['data that does not shrink', { ...AROUND, ratio: 1 }, 10],
    ['data that hardly shrinks', { ...AROUND, ratio: 0.97 }, 10],
    ['a source that is slower than the link', { ...AROUND, source: 50, link: 100 }, 50],
  ])('goes as it is, after the first seconds, with %s', (_name, around, best) => {
    const [, rest] = simulatePush(() => around, [5, 105]);
    expect(rest?.compressed).toBeLessThan(0.01);
    expect(rest?.speed).toBeGreaterThan(best * 0.97);
  });

  it.each([
    ['the link gets slower', { ...AROUND, link: 1000 }, AROUND],
    ['the data shrinks better', { ...AROUND, ratio: 1 }, AROUND],
    ['the compressor gets faster', { ...AROUND, compressor: 9 }, AROUND],
  ])('is compressed from when %s, and no more from when that is over', (_name, worse, better) => {
    const around = (second: number) => (second < 60 || second >= 180 ? worse : better);
    const parts = simulatePush(around, [10, 60, 90, 180, 240, 300]);
    const [, plain, , compressed, , plainAgain] = parts.map((part) => part.compressed);
    expect(plain).toBeLessThan(0.02);
    expect(compressed).toBeGreaterThan(0.95);
    expect(plainAgain).toBeLessThan(0.02);
  });

  it('notices within seconds that the data shrinks, though it looks at little of it', () => {
    const around = (second: number) => ({ ...AROUND, ratio: second < 60 ? 1 : 0.3 });
    const [, , after] = simulatePush(around, [60, 64, 90]);
    expect(after?.compressed).toBe(1);
  });

  it('does not change its mind all the time where both ways are about as good', () => {
    for (const link of [160, 165, 170, 180, 190]) {
      const wavering = (second: number) => ({
        ...AROUND,
        link,
        compressor: 200 * (1 + 0.04 * Math.sin(second * 3)),
      });
      const [, rest] = simulatePush(wavering, [10, 210]);
      // Where it is compressed and the link is not full, that is looked at again: twice in ten seconds, at most.
      expect(rest?.changes).toBeLessThanOrEqual(40);
    }
  });
});
