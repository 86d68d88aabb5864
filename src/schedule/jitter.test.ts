import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jitterOf } from './jitter.ts';

const HOUR = 3_600_000;

it('is what it was in earlier versions, too', () => {
  expect(jitterOf('vms', Date.UTC(2026, 10, 23, 2), HOUR)).toBe(2_800_904);
});

it('lies between nothing and the most', () => {
  fc.assert(
    fc.property(fc.string(), fc.maxSafeInteger(), fc.nat(), (job, dueAt, most) => {
      const jitter = jitterOf(job, dueAt, most);
      expect(jitter).toBe(jitterOf(job, dueAt, most));
      expect(jitter).toBeGreaterThanOrEqual(0);
      expect(jitter).toBeLessThan(Math.max(1, most));
    }),
  );
});

it('is spread evenly over jobs and over due times', () => {
  const inQuarter = (jitters: readonly number[], quarter: number): number =>
    jitters.filter((jitter) => Math.floor((4 * jitter) / HOUR) === quarter).length;
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  for (const jitters of [
    numbers.map((i) => jitterOf(`job-${i}`, 0, HOUR)),
    numbers.map((i) => jitterOf('job', i * HOUR, HOUR)),
  ]) {
    for (const quarter of [0, 1, 2, 3]) {
      expect(Math.abs(inQuarter(jitters, quarter) - 250)).toBeLessThan(60);
    }
  }
});
