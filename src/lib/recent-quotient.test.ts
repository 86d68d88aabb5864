import { describe, expect, it } from 'vitest';
import { RecentQuotient } from './recent-quotient.ts';

describe('a quotient of what was lately', () => {
  it('is none before there is anything to divide by', () => {
    const quotient = new RecentQuotient(10);
    expect(quotient.value).toBeNull();
    quotient.add(7, 0);
    expect(quotient.value).toBeNull();
    quotient.add(0, 2);
    expect(quotient.value).toBeCloseTo((7 * Math.exp(-0.2)) / 2);
  });

  it('is that of the sums, as long as nothing changes', () => {
    const quotient = new RecentQuotient(10);
    for (let count = 0; count < 50; count++) quotient.add(3, 1);
    expect(quotient.value).toBeCloseTo(3);
  });

  it('forgets two thirds of what was before once the divisor has grown by its memory', () => {
    const quotient = new RecentQuotient(100);
    for (let count = 0; count < 1000; count++) quotient.add(4, 1);
    for (let count = 0; count < 100; count++) quotient.add(0, 1);
    expect(quotient.value).toBeCloseTo(4 / Math.E, 1);
  });
});
