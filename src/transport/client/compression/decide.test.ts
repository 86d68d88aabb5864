import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideWay, type Measures, type Way } from './decide.ts';

const MIB = 1024 * 1024;
const rate = fc.double({ min: 1, max: 1e11, noNaN: true });
const ratio = fc.double({ min: 1e-5, max: 1.1, noNaN: true });
const way = fc.constantFrom<Way>('plain', 'compressed');
const measured = fc.record({ link: rate, compressor: rate, ratio });
type Measured = { readonly [Name in keyof Measures]: number };

/** Bytes of data a second. */
const speedOf = (way: Way, { link, compressor, ratio }: Measured): number =>
  way === 'plain' ? link : Math.min(compressor, link / ratio);

describe('the way that bodies take', () => {
  it.each<[string, Way, Measures, Way]>([
    [
      'a slow link, data that shrinks',
      'plain',
      { link: 10, compressor: 200, ratio: 0.4 },
      'compressed',
    ],
    [
      'a slow link, data that does not',
      'compressed',
      { link: 10, compressor: 900, ratio: 1 },
      'plain',
    ],
    [
      'a link as fast as the compressor',
      'plain',
      { link: 200, compressor: 200, ratio: 0.1 },
      'plain',
    ],
    ['a link faster than it', 'compressed', { link: 900, compressor: 200, ratio: 0.1 }, 'plain'],
    ['a link that takes all', 'compressed', { link: null, compressor: 200, ratio: 0.1 }, 'plain'],
    [
      'a slow link, and nothing tried',
      'plain',
      { link: 10, compressor: null, ratio: null },
      'compressed',
    ],
    ['nothing known at all', 'plain', { link: null, compressor: null, ratio: null }, 'plain'],
    ['a little gain, without it', 'plain', { link: 100, compressor: 900, ratio: 0.9 }, 'plain'],
    [
      'a little gain, with it',
      'compressed',
      { link: 100, compressor: 900, ratio: 0.9 },
      'compressed',
    ],
  ])('with %s, coming from %s: %j', (_name, before, measures, after) => {
    const scale = (value: number | null) => (value === null ? null : value * MIB);
    const { link, compressor } = measures;
    const scaled = { ...measures, link: scale(link), compressor: scale(compressor) };
    expect(decideWay(before, scaled)).toBe(after);
  });

  it('is never the slower one, by more than what it takes to change', () => {
    fc.assert(
      fc.property(way, measured, (before, measures) => {
        const after = decideWay(before, measures);
        const other = after === 'plain' ? 'compressed' : 'plain';
        const [taken, left] = [speedOf(after, measures), speedOf(other, measures)];
        if (after === 'compressed') expect(taken).toBeGreaterThanOrEqual(left);
        expect(taken * 1.2 * (1 + 1e-9)).toBeGreaterThanOrEqual(left);
      }),
    );
  });

  it('stays what it is while the measures do, and while they waver by a few percent', () => {
    const waver = fc.double({ min: 0.95, max: 1.05, noNaN: true });
    fc.assert(
      fc.property(way, measured, fc.array(fc.tuple(waver, waver)), (before, measures, wavering) => {
        let now = decideWay(before, measures);
        expect(decideWay(now, measures)).toBe(now);
        let changes = 0;
        for (const [a, b] of wavering) {
          const { compressor, ratio: shrinks } = measures;
          const next = decideWay(now, {
            ...measures,
            compressor: compressor * a,
            ratio: shrinks * b,
          });
          if (next !== now) changes++;
          now = next;
        }
        // From one side of the band to the other once, at most.
        expect(changes).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is compression for no better data, slower link or faster compressor less than for others', () => {
    const better = fc.double({ min: 1, max: 10, noNaN: true });
    fc.assert(
      fc.property(way, measured, better, better, better, (before, measures, a, b, c) => {
        if (decideWay(before, measures) === 'plain') return;
        const { compressor, link, ratio: shrinks } = measures;
        const best = { compressor: compressor * a, link: link / b, ratio: shrinks / c };
        expect(decideWay(before, best)).toBe('compressed');
      }),
    );
  });
});
