import { beforeEach, describe, expect, it } from 'vitest';
import { BusyRate } from './busy-rate.ts';

let now: number;
let rate: BusyRate;

beforeEach(() => {
  now = 5000;
});

function measure(options: { settleMs?: number; leastMs?: number } = {}): void {
  rate = new BusyRate({ clock: () => now, settleMs: 0, leastMs: 0, memoryMs: 1e9, ...options });
}

describe('the rate of what is busy now and then', () => {
  it('is of the time in which it is busy', () => {
    measure();
    rate.begin();
    now += 100;
    rate.end(1000);
    now += 60_000;
    rate.begin();
    now += 100;
    rate.end(3000);
    expect(rate.rate).toBeCloseTo(20_000);
    expect(rate.measuredMs).toBe(200);
    expect(rate.idleMs).toBe(60_000);
  });

  it('counts time once in which several things go on', () => {
    measure();
    rate.begin();
    rate.begin();
    now += 50;
    rate.begin();
    now += 50;
    for (const bytes of [500, 300, 200]) rate.end(bytes);
    expect(rate.rate).toBeCloseTo(10_000);
  });

  it('does not count what is swallowed at the beginning of each busy time', () => {
    measure({ settleMs: 200 });
    rate.begin();
    rate.begin();
    now += 10;
    rate.end(1_000_000);
    expect(rate.rate).toBeNull();
    rate.begin();
    now += 290;
    rate.end(700);
    expect(rate.rate).toBeCloseTo(7000);
    now += 100;
    rate.end(700);
    expect(rate.rate).toBeCloseTo(7000);
    rate.begin();
    now += 190;
    rate.end(1_000_000);
    expect(rate.rate).toBeCloseTo(7000);
    expect(rate.measuredMs).toBe(200);
  });

  it('is none before enough time was measured', () => {
    measure({ leastMs: 100 });
    rate.begin();
    now += 99;
    rate.end(500);
    expect(rate.rate).toBeNull();
    rate.begin();
    now += 2;
    rate.end(510);
    expect(rate.rate).toBeCloseTo(10_000, 1);
  });

  it('is that of what was measured since it was forgotten', () => {
    measure({ leastMs: 50 });
    rate.begin();
    now += 100;
    rate.end(1000);
    rate.forget();
    expect(rate.rate).toBeNull();
    rate.begin();
    now += 100;
    rate.end(7000);
    expect(rate.rate).toBeCloseTo(70_000);
  });

  it('is idle for as long as nothing goes on', () => {
    measure({ settleMs: 1000 });
    now += 30;
    expect(rate.idleMs).toBe(30);
    rate.begin();
    now += 40;
    expect(rate.idleMs).toBe(30);
    rate.end(1);
    now += 20;
    expect(rate.idleMs).toBe(50);
  });
});
