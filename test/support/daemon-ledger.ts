import { expect } from 'vitest';
import type { Schedule } from '../../src/core/schedule.ts';
import type { DaemonJob } from '../../src/daemon/ports.ts';
import { dueTimes } from '../../src/schedule/due-times.ts';
import type { World } from './daemon-world.ts';

interface Account {
  /** Up to where due times are dealt with; what is durable of it. */
  lastDueAt: number | null;
  durable: number | null;
  paused: boolean;
  running: boolean;
  /** The due time whose run waits. */
  waiting: number | null;
}

/** What a whole history came to, and what was configured in it. */
interface Told {
  readonly world: World;
  readonly configured: readonly { readonly jobs: readonly DaemonJob[] }[];
  /** Which of these each process began with. */
  readonly ofLife: readonly number[];
}

/**
 * Goes through everything that was told of a history in which nobody set the clock, and sees to it that each due time was
 * queued, missed, overlapped or passed while the job was paused, and only one of these; and that what was queued was run
 * once, when it was durable, or left the queue.
 */
export function checkLedger({ world, configured, ofLife }: Told): void {
  const accounts = new Map<string, Account>();
  const run = new Set<string>();
  const sets = [...world.sets];
  let [life, at] = [0, 0];
  let schedules = new Map<string, Schedule | undefined>();

  const account = (job: string): Account => {
    const known = accounts.get(job);
    if (known !== undefined) return known;
    const fresh = {
      lastDueAt: null,
      durable: null,
      paused: false,
      running: false,
      waiting: null,
    };
    accounts.set(job, fresh);
    return fresh;
  };
  const configure = (index: number): void => {
    const jobs = configured[index]?.jobs ?? [];
    const before = schedules;
    schedules = new Map(jobs.map(({ job, schedule }) => [job.name, schedule]));
    for (const { job, schedule } of jobs) {
      const one = account(job.name);
      const isNew = !before.has(job.name) && !one.running;
      if (isNew || schedule === undefined) one.lastDueAt = one.durable;
    }
  };
  const keepUntil = (life: number, seq: number): void => {
    while (
      sets[0] !== undefined &&
      (sets[0].life < life || (sets[0].life === life && sets[0].seq < seq))
    ) {
      const { job, state } = sets.shift() as (typeof sets)[0];
      const one = account(job);
      one.durable = state.lastDueAt;
      one.paused = state.pausedAt !== null;
      // What waits for its first time says so only here.
      one.lastDueAt ??= state.lastDueAt;
    }
  };

  for (const event of world.events) {
    keepUntil(event.life, event.seq);
    if (event.life !== life) {
      life = event.life;
      at = ofLife[life - 1] ?? 0;
      for (const one of accounts.values()) {
        expectDueAgain(one);
        Object.assign(one, { lastDueAt: one.durable, running: false, waiting: null });
      }
      schedules = new Map();
      configure(at);
    }
    switch (event.type) {
      case 'reloaded':
        configure(++at);
        break;
      case 'job-due': {
        const one = account(event.job);
        const schedule = schedules.get(event.job);
        if (schedule === undefined) throw new Error(`${event.job} has no schedule`);
        expect(one.paused).toBe(false);
        const dealtWith = (event.dueAt === null ? 0 : 1) + event.missed + event.overlapped;
        const times = dueTimes(schedule, event.lastDueAt);
        // What waited for its first time on a full disk has told nobody since when.
        const due =
          one.lastDueAt === null ? dealtWith : times.count(one.lastDueAt, event.lastDueAt);
        expect({ ...event, dealtWith }).toEqual({ ...event, dealtWith: due });
        one.lastDueAt = event.lastDueAt;
        if (event.dueAt === null) break;
        expect(one.waiting).toBe(null);
        one.waiting = event.dueAt;
        break;
      }
      case 'job-resumed': {
        const one = account(event.job);
        expect(event.lastDueAt ?? 0).toBeGreaterThanOrEqual(one.lastDueAt ?? 0);
        one.lastDueAt = event.lastDueAt;
        break;
      }
      case 'schedule-changed': {
        const one = account(event.job);
        const schedule = schedules.get(event.job);
        if (schedule === undefined) throw new Error(`${event.job} has no schedule`);
        expect(event.lastDueAt ?? 0).toBeGreaterThanOrEqual(one.lastDueAt ?? 0);
        if (event.lastDueAt !== null) {
          // At most one is left, to make up for those by the schedule before.
          const times = dueTimes(schedule, event.lastDueAt);
          expect(times.count(event.lastDueAt, event.at)).toBeLessThanOrEqual(1);
        }
        one.lastDueAt = event.lastDueAt;
        break;
      }
      case 'run-left-queue': {
        const one = account(event.job);
        if (event.cause !== 'schedule') break;
        if (event.reason === 'removed' || event.reason === 'draining') expectDueAgain(one);
        one.waiting = null;
        break;
      }
      case 'run-begun': {
        const { job, cause, dueAt } = event.run;
        const one = account(job);
        one.running = true;
        if (cause !== 'trigger') expect(one.paused).toBe(false);
        if (cause !== 'schedule') break;
        expect(one.waiting).toBe(dueAt);
        one.waiting = null;
        expect(one.durable).toBe(one.lastDueAt);
        expect(run).not.toContain(`${job} ${dueAt}`);
        run.add(`${job} ${dueAt}`);
        break;
      }
      case 'run-ended':
        account(event.job).running = false;
    }
  }
  expect(sets.filter(({ life: of }) => of < life)).toEqual([]);
  for (const { cause, dueAt, kept } of world.begun) {
    if (cause === 'schedule') expect(kept.lastDueAt ?? 0).toBeGreaterThanOrEqual(dueAt ?? 0);
  }
}

/** What waited is not dealt with for ever when it was not the operator who wanted it so. */
function expectDueAgain({ durable, waiting }: Account): void {
  if (waiting !== null) expect(durable ?? Number.NEGATIVE_INFINITY).toBeLessThan(waiting);
}
