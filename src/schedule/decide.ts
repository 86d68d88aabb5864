import type { Schedule } from '../core/schedule.ts';
import { type DueTimes, dueTimes } from './due-times.ts';
import { jitterOf } from './jitter.ts';
import { settledUntil } from './settled.ts';

/** Nobody sleeps longer than this before asking again, so that a clock that was set is noticed. */
export const LONGEST_SLEEP_MS = 60_000;

/**
 * A run that starts later than this was not started when it should have been: nobody was there. Twice the
 * longest sleep, so that a clock that is set forward by a minute does not look like an absence.
 */
export const ON_TIME_MS = 2 * LONGEST_SLEEP_MS;

export interface ScheduledJob {
  readonly name: string;
  readonly schedule: Schedule;
}

/** All that is kept of a job from one decision to the next. Times are milliseconds since 1970. */
export interface Kept {
  /**
   * The newest due time that was dealt with: its run was started, or it was skipped. It survives restarts; where it was
   * lost, the time of the newest snapshot stands in, or null.
   */
  readonly lastDueAt: number | null;
  /** When the run began that goes on now, whoever asked for it; null when none does. */
  readonly runningSince: number | null;
}

/** A due time, and when its run is to start: later by the jitter. */
export interface Appointment {
  readonly dueAt: number;
  readonly startAt: number;
}

export interface Decision {
  /** The due time whose run is to start now; null when none is. */
  readonly start: Appointment | null;
  /** To be kept before the run is started: then no due time is run twice, whenever the process ends. */
  readonly lastDueAt: number;
  /** Due times, since the last decision, at which nobody was there to start a run. */
  readonly missed: number;
  /** Due times, since the last decision, at which the last run still went on. */
  readonly overlapped: number;
  /** What comes next, apart from `start`; null when nothing ever does. */
  readonly next: Appointment | null;
}

/**
 * What to do about a job now. To be asked at `next.startAt`, at the latest after {@link LONGEST_SLEEP_MS}, and
 * at the end of a run once more before `runningSince` is cleared: a due time that came shortly before
 * the end is skipped like those before it.
 *
 * What holds:
 * - A due time is dealt with when its jitter is over: its run starts, or it counts as missed or as overlapped.
 *   Each is one of the three, once; the counts are to be added up.
 * - No run starts before it is due, and none when the last one still goes on.
 * - Of several that were missed, the newest is run (with `catchUp`), and one only. If another is due already and only waits
 *   for its jitter to be over, that is the one.
 * - No due time is run twice. The exception is a clock that is set back by more than an interval, see
 *   {@link settledUntil}: the same time of day comes again then.
 * - The next due time lies at most two intervals ahead, whatever was done to the clock; at most one if
 *   it was not set back.
 */
export function decide(job: ScheduledJob, kept: Kept, now: number): Decision {
  const settled = settledUntil(job.schedule, kept.lastDueAt, now);
  const times = dueTimes(job.schedule, settled);
  const ripe = newestRipe(job, times, now);
  if (ripe === null || ripe.dueAt <= settled) {
    const next = appointmentAfter(job, times, settled);
    return { start: null, lastDueAt: settled, missed: 0, overlapped: 0, next };
  }
  const lastDueAt = ripe.dueAt;
  const next = appointmentAfter(job, times, lastDueAt);
  const count = times.count(settled, lastDueAt);
  if (kept.runningSince !== null) {
    return { start: null, lastDueAt, missed: 0, overlapped: count, next };
  }
  const isOnTime = now - ripe.startAt <= ON_TIME_MS;
  const isNextDue = next !== null && next.dueAt <= now;
  if (isOnTime || (job.schedule.catchUp && !isNextDue)) {
    return { start: ripe, lastDueAt, missed: count - 1, overlapped: 0, next };
  }
  return { start: null, lastDueAt, missed: count, overlapped: 0, next };
}

/** The newest due time whose jitter is over, dealt with or not. */
function newestRipe(job: ScheduledJob, times: DueTimes, now: number): Appointment | null {
  const newest = times.upTo(now);
  if (newest === null) return null;
  const appointment = appointmentAt(job, times, newest);
  if (appointment.startAt <= now) return appointment;
  // Its jitter ended before the newest was due.
  const before = times.upTo(newest - 1);
  return before === null ? null : appointmentAt(job, times, before);
}

function appointmentAfter(job: ScheduledJob, times: DueTimes, time: number): Appointment | null {
  const dueAt = times.after(time);
  return dueAt === null ? null : appointmentAt(job, times, dueAt);
}

/** The jitter ends before the next due time, however long it may be: runs keep the order of their due times. */
function appointmentAt(job: ScheduledJob, times: DueTimes, dueAt: number): Appointment {
  const next = times.after(dueAt);
  const { jitter } = job.schedule;
  const most = next === null ? jitter : Math.min(jitter, next - dueAt);
  return { dueAt, startAt: dueAt + jitterOf(job.name, dueAt, most) };
}
