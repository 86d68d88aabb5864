import { describe, expect, it } from 'vitest';
import { Lane, soonest } from './lane.ts';

const MIB = 1024 * 1024;
const PIECE = 4 * MIB;

/** As many pieces as a sink takes at a time, which it writes in their order. */
const WINDOW = 8;

/** There and back, in milliseconds. */
const ROUND_TRIP = 50;

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/** A way to a sink over connections of these rates (MiB a second; they may change), and the time that so many pieces take, in ms. */
function travel(rates: readonly ((ms: number) => number)[], pieces: number): number {
  let now = 0;
  const events: Event[] = [];
  const lanes = rates.map((rate, index) => ({ rate, index, lane: new Lane(() => now), freeAt: 0 }));
  const arrived = new Set<number>();
  let written = 0;
  let sent = 0;
  let answered = 0;

  function write(): void {
    while (arrived.has(written)) written++;
    const count = written;
    events.push({ at: now + ROUND_TRIP / 2, happen: () => void (answered = count) });
  }

  function send(piece: number): void {
    const one = soonest(
      lanes.map((each) => [each, each.lane] as const),
      PIECE,
    );
    if (one === undefined) throw new Error('there is no lane');
    const mark = one.lane.send(PIECE);
    const begin = Math.max(now, one.freeAt);
    one.freeAt = begin + (PIECE / MIB / one.rate(begin)) * 1000;
    const at = one.freeAt + ROUND_TRIP / 2;
    events.push({
      at,
      happen() {
        arrived.add(piece);
        write();
      },
    });
    events.push({ at: at + ROUND_TRIP / 2, happen: () => one.lane.arrive(mark, 'now') });
  }

  while (answered < pieces) {
    while (sent < Math.min(pieces, answered + WINDOW)) send(sent++);
    events.sort((a, b) => a.at - b.at);
    const next = events.shift();
    if (next === undefined) throw new Error('nothing goes on');
    now = next.at;
    next.happen();
  }
  return now;
}

const always = (rate: number) => () => rate;

/** How much of what all connections can do together is reached. */
function efficiency(rates: readonly number[], pieces = 1600): number {
  const together = rates.reduce((sum, rate) => sum + rate, 0);
  const ideal = ((pieces * PIECE) / MIB / together) * 1000;
  return ideal / travel(rates.map(always), pieces);
}

describe('lanes', () => {
  it('get as much each, when they are as fast as each other', () => {
    expect(efficiency([32, 32, 32, 32])).toBeGreaterThan(0.95);
  });

  it.each([[[45, 45, 30, 10]], [[50, 50, 25, 5]], [[48, 48, 30, 2]], [[60, 20, 20, 20]]])(
    'of which some are slower (%j) hold up the others little',
    (rates) => {
      expect(efficiency(rates)).toBeGreaterThan(0.8);
    },
  );

  it('that were slow for a time are made use of again', () => {
    const late = (ms: number): number => (ms < 2000 ? 4 : 40);
    const asIfAlways = travel([always(40), always(40)], 800);
    expect(travel([always(40), late], 800)).toBeLessThan(1.35 * asIfAlways);
  });

  it('of which nothing is known get what is sent next when they have least under way', () => {
    const [a, b] = [new Lane(() => 0), new Lane(() => 0)];
    a.send(2 * PIECE);
    b.send(PIECE);
    const both = [
      ['a', a],
      ['b', b],
    ] as const;
    expect(soonest(both, PIECE)).toBe('b');
    expect(soonest([], PIECE)).toBeUndefined();
  });

  it('are not judged by how they begin, nor by what was written before they were told', () => {
    let now = 0;
    const lane = new Lane(() => now);
    const first = lane.send(PIECE);
    const second = lane.send(PIECE);
    now = 1000;
    lane.arrive(first, 'now');
    expect(lane).toMatchObject({ rate: null, underWay: PIECE });
    now = 1100;
    lane.arrive(second, 'before');
    expect(lane).toMatchObject({ rate: null, underWay: 0 });
    const third = lane.send(PIECE);
    now = 1200;
    lane.arrive(third, 'now');
    lane.arrive(second, 'now');
    expect(lane).toMatchObject({ rate: PIECE / 100, underWay: 0 });
  });
});
