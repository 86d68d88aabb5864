import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { BusyRate } from '../../lib/busy-rate.ts';
import { watchBacklog } from './watch-backlog.ts';

let now: number;
let meter: BusyRate;
let taken: (() => void)[];
let stream: Writable;

beforeEach(() => {
  now = 0;
  meter = new BusyRate({ clock: () => now, settleMs: 0, leastMs: 0, memoryMs: 1e9 });
  taken = [];
  stream = new Writable({
    highWaterMark: 100,
    write: (_chunk, _encoding, done) => void taken.push(done),
  });
});

/** Writes, and has it taken after some time. */
async function write(bytes: number, look: () => void, ms: number): Promise<void> {
  stream.write(Buffer.alloc(bytes));
  look();
  now += ms;
  taken.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('what waits to be sent', () => {
  it('is measured from when there is too much of it until it is gone', async () => {
    const backlog = watchBacklog(stream, meter);
    await write(1000, () => backlog.look(), 10);
    expect(meter.rate).toBeCloseTo(100_000);
    now += 500;
    await write(2000, () => backlog.look(), 20);
    expect(meter.rate).toBeCloseTo(100_000);
    expect(meter.measuredMs).toBe(30);
  });

  it('is not, as long as the system takes all at once', async () => {
    const backlog = watchBacklog(stream, meter);
    await write(50, () => backlog.look(), 10);
    expect(meter.rate).toBeNull();
    expect(meter.idleMs).toBe(10);
  });

  it('is nobody’s any more when the connection is over', async () => {
    const backlog = watchBacklog(stream, meter);
    stream.write(Buffer.alloc(1000));
    backlog.look();
    now += 10;
    backlog.close();
    backlog.close();
    backlog.look();
    now += 90;
    expect(meter.idleMs).toBe(90);
    expect(meter.rate).toBe(0);
  });
});
