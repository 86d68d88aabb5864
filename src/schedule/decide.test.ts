import { describe, expect, it } from 'vitest';
import type { Schedule } from '../core/schedule.ts';
import { type Decision, decide, type Kept } from './decide.ts';
import { MOST_COUNTED } from './due-times.ts';

const MINUTE = 60_000;
const QUARTER: Schedule = { kind: 'every', every: 15 * MINUTE, jitter: 0, catchUp: true };
const NIGHT: Schedule = {
  kind: 'cron',
  cron: '0 2 * * *',
  timezone: 'UTC',
  jitter: 0,
  catchUp: true,
};

function time(text: string): number {
  return Date.parse(text.includes('T') ? text : `2026-11-23T${text}Z`);
}

function clock(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString().slice(5, 16);
}

function ask(schedule: Schedule, now: string, kept: Partial<Kept> = {}): Decision {
  const job = { name: 'vms', schedule };
  return decide(job, { lastDueAt: null, runningSince: null, ...kept }, time(now));
}

/** A decision with the times as month, day, hour and minute. */
function told(schedule: Schedule, now: string, last: string | null, since: string | null = null) {
  const lastDueAt = last === null ? null : time(last);
  const runningSince = since === null ? null : time(since);
  const { start, next, missed, overlapped, ...rest } = ask(schedule, now, {
    lastDueAt,
    runningSince,
  });
  return {
    start: clock(start?.dueAt),
    lastDueAt: clock(rest.lastDueAt),
    next: clock(next?.dueAt),
    missed,
    overlapped,
  };
}

describe('a job that has never run', () => {
  it('is due at once when the schedule says how far due times lie apart', () => {
    expect(told(QUARTER, '10:07', null)).toEqual({
      start: '11-23T10:07',
      lastDueAt: '11-23T10:07',
      next: '11-23T10:22',
      missed: 0,
      overlapped: 0,
    });
  });

  it('waits for the first time of a pattern', () => {
    expect(told(NIGHT, '10:07', null)).toMatchObject({ start: null, next: '11-24T02:00' });
  });

  it('keeps since when it waits, or it would wait for ever', () => {
    const { lastDueAt } = ask(NIGHT, '10:07');
    expect(ask(NIGHT, '2026-11-24T02:00Z', { lastDueAt }).start?.dueAt).toBe(
      time('2026-11-24T02:00Z'),
    );
    const schedule = { ...QUARTER, jitter: 10 * MINUTE };
    const first = ask(schedule, '10:07');
    expect(first.start).toBe(null);
    expect(first.next?.dueAt).toBe(time('10:07'));
    const startAt = first.next?.startAt ?? Number.NaN;
    expect(startAt).toBeGreaterThan(time('10:07'));
    const kept = { lastDueAt: first.lastDueAt, runningSince: null };
    expect(decide({ name: 'vms', schedule }, kept, startAt - 1).start).toBe(null);
    expect(decide({ name: 'vms', schedule }, kept, startAt).start).toEqual(first.next);
  });
});

describe('a job that is due', () => {
  it('starts when it is due, and the next time is counted from there and not from the start', () => {
    expect(told(QUARTER, '10:14:59', '10:00')).toMatchObject({ start: null, next: '11-23T10:15' });
    expect(told(QUARTER, '10:16:30', '10:00')).toEqual({
      start: '11-23T10:15',
      lastDueAt: '11-23T10:15',
      next: '11-23T10:30',
      missed: 0,
      overlapped: 0,
    });
  });

  it('is skipped while its last run goes on, and counted', () => {
    expect(told(QUARTER, '10:46', '10:00', '10:00')).toEqual({
      start: null,
      lastDueAt: '11-23T10:45',
      next: '11-23T11:00',
      missed: 0,
      overlapped: 3,
    });
    expect(told(QUARTER, '10:47', '10:45')).toMatchObject({ start: null, next: '11-23T11:00' });
  });

  it('is skipped also while a run goes on that somebody asked for', () => {
    expect(told(QUARTER, '10:15', '10:00', '10:10')).toMatchObject({ start: null, overlapped: 1 });
  });

  it('is not skipped when the last run ends before its jitter is over', () => {
    const job = { name: 'vms', schedule: { ...QUARTER, jitter: 10 * MINUTE } };
    const lastDueAt = time('10:00');
    const next = decide(job, { lastDueAt, runningSince: lastDueAt }, time('10:15')).next;
    expect(next?.dueAt).toBe(time('10:15'));
    const startAt = next?.startAt ?? Number.NaN;
    const running = { lastDueAt, runningSince: lastDueAt };
    expect(decide(job, running, startAt - 1)).toMatchObject({ lastDueAt, overlapped: 0 });
    expect(decide(job, { lastDueAt, runningSince: null }, startAt).start).toEqual(next);
  });

  it('starts before the next due time, however long the jitter may be', () => {
    const schedule = { ...NIGHT, cron: '*/15 * * * *', jitter: 120 * MINUTE };
    const starts = Array.from({ length: 20 }, (_, i) => {
      const lastDueAt = time('10:00') + i * 15 * MINUTE;
      return decide({ name: 'vms', schedule }, { lastDueAt, runningSince: null }, lastDueAt).next;
    });
    const waits = starts.map((start) => (start === null ? -1 : start.startAt - start.dueAt));
    expect(Math.max(...waits)).toBeLessThan(15 * MINUTE);
    expect(Math.min(...waits)).toBeGreaterThan(0);
  });

  it.each([
    ['2026-10-25T00:30Z', '10-25T00:30', '10-26T01:30'],
    ['2027-03-28T01:00Z', '03-28T01:00', '03-29T00:30'],
  ])('by the clocks of Zurich at %s runs once on that day', (now, start, next) => {
    const schedule: Schedule = { ...NIGHT, cron: '30 2 * * *', timezone: 'Europe/Zurich' };
    const before = new Date(time(now) - 20 * 60 * MINUTE).toISOString();
    expect(told(schedule, now, before)).toMatchObject({ start, next });
    expect(told(schedule, now.replace(/T0(\d)/, 'T1$1'), now)).toMatchObject({ start: null, next });
  });
});

describe('after an absence', () => {
  it('the newest due time is run at once, and the others count as missed', () => {
    expect(told(QUARTER, '12:40', '10:00')).toEqual({
      start: '11-23T12:30',
      lastDueAt: '11-23T12:30',
      next: '11-23T12:45',
      missed: 9,
      overlapped: 0,
    });
    expect(told(NIGHT, '10:00', '2026-11-20T02:00Z')).toMatchObject({
      start: '11-23T02:00',
      next: '11-24T02:00',
      missed: 2,
    });
  });

  it('all count as missed when nothing is to make up for them', () => {
    expect(told({ ...QUARTER, catchUp: false }, '12:40', '10:00')).toEqual({
      start: null,
      lastDueAt: '11-23T12:30',
      next: '11-23T12:45',
      missed: 10,
      overlapped: 0,
    });
  });

  it('one that was due a moment ago is on time all the same', () => {
    const schedule = { ...QUARTER, catchUp: false };
    expect(told(schedule, '12:32', '10:00')).toMatchObject({ start: '11-23T12:30', missed: 9 });
    expect(told(schedule, '12:32:01', '10:00')).toMatchObject({ start: null, missed: 10 });
  });

  it('what only waits for its jitter to be over is not preceded by a run for what was missed', () => {
    const schedule = { ...QUARTER, jitter: 15 * MINUTE };
    const { next } = ask(schedule, '12:29', { lastDueAt: time('12:15') });
    expect(next?.startAt).toBeGreaterThan(time('12:31'));
    expect(told(schedule, '12:31', '10:00')).toEqual({
      start: null,
      lastDueAt: '11-23T12:15',
      next: '11-23T12:30',
      missed: 9,
      overlapped: 0,
    });
  });

  it('of years not everything is counted one by one', () => {
    const schedule = { ...NIGHT, cron: '* * * * *' };
    expect(told(schedule, '10:00', '2021-11-23T02:00Z')).toMatchObject({
      start: '11-23T10:00',
      missed: MOST_COUNTED - 1,
    });
  });
});

describe('a clock that was set back', () => {
  it('by less than an interval brings nothing again', () => {
    expect(told(QUARTER, '09:50', '10:00')).toMatchObject({
      start: null,
      lastDueAt: '11-23T10:00',
      next: '11-23T10:15',
    });
    expect(told(QUARTER, '10:00', '10:00')).toMatchObject({ start: null, next: '11-23T10:15' });
    expect(told(NIGHT, '01:30', '02:00')).toMatchObject({ start: null, next: '11-24T02:00' });
    expect(told(NIGHT, '2026-11-22T02:00Z', '02:00')).toMatchObject({
      start: null,
      next: '11-24T02:00',
    });
  });

  it('by more than an interval waits no longer than one', () => {
    expect(told(QUARTER, '08:07', '10:00')).toEqual({
      start: null,
      lastDueAt: '11-23T08:00',
      next: '11-23T08:15',
      missed: 0,
      overlapped: 0,
    });
    expect(told(NIGHT, '10:00', '2040-01-01T02:00Z')).toMatchObject({
      start: null,
      lastDueAt: '11-23T02:00',
      next: '11-24T02:00',
    });
  });

  it('while a run goes on, changes nothing for that', () => {
    expect(told(QUARTER, '08:07', '10:00', '10:00')).toMatchObject({ next: '11-23T08:15' });
    expect(told(QUARTER, '08:16', '08:00', '10:00')).toMatchObject({ overlapped: 1 });
  });
});

it('a pattern without any further time is asked for nothing', () => {
  const now = Date.UTC(3000, 0);
  const kept = { lastDueAt: null, runningSince: null };
  expect(decide({ name: 'vms', schedule: NIGHT }, kept, now)).toEqual({
    start: null,
    lastDueAt: now,
    missed: 0,
    overlapped: 0,
    next: null,
  });
});
