import { reportError } from '../core/errors.ts';
import type { Schedule } from '../core/schedule.ts';
import { decide, LONGEST_SLEEP_MS } from '../schedule/decide.ts';
import { LONGEST_BACKOFF_MS } from './backoff.ts';
import { changeSchedule, isSameRule, ruleOf } from './change-schedule.ts';
import {
  type Context,
  isScheduled,
  type JobRecord,
  joinQueue,
  type RunRequest,
  showProblem,
} from './record.ts';

const WHOLE_JOB: RunRequest = { task: 'back-up', only: null, full: false, dryRun: false };

/** Deals with what is due of a job now: queues its run, or counts what cannot be run. Never throws. */
export function askSchedule(context: Context, record: JobRecord, now: number): void {
  try {
    decideNow(context, record, now);
  } catch (error) {
    // One job's trouble is not that of the others.
    showProblem(context, record, reportError(error));
  }
}

function decideNow(context: Context, record: JobRecord, now: number): void {
  const { name, running, waiting } = record;
  const { schedule } = record.configured;
  if (schedule === undefined || !isScheduled(record)) {
    if (schedule === undefined) record.rule = null;
    record.next = null;
    showProblem(context, record, null);
    return;
  }
  followSchedule(context, record, schedule, now);
  // An attempt that waits makes way for the next due run.
  const queuedSince = waiting === null || waiting.cause === 'retry' ? null : waiting.since;
  const runningSince = running?.begun.startedAt ?? queuedSince;
  const kept = { lastDueAt: record.lastDueAt, runningSince };
  const { start, lastDueAt, missed, overlapped, next } = decide({ name, schedule }, kept, now);
  record.lastDueAt = lastDueAt;
  record.next = next;
  record.missed += missed;
  record.overlapped += overlapped;
  const dueAt = start?.dueAt ?? null;
  if (start !== null || missed + overlapped > 0) {
    context.feed.emit({ type: 'job-due', job: name, dueAt, missed, overlapped, lastDueAt });
  }
  if (start !== null) {
    record.retry = null;
    const readyAt = start.startAt;
    const run = { cause: 'schedule', request: WHOLE_JOB, dueAt, since: now, readyAt } as const;
    joinQueue(context, record, run);
  }
  // While a run waits nothing is kept: should the daemon end before it starts, it is due again.
  if (record.waiting?.cause !== 'schedule') keepState(context, record);
}

/** Notices that the job has another schedule than when it was due last, also one that was changed while no daemon ran. */
function followSchedule(
  { feed }: Context,
  record: JobRecord,
  schedule: Schedule,
  now: number,
): void {
  const { name, rule: before, lastDueAt } = record;
  const rule = ruleOf(schedule);
  record.rule = rule;
  if (before === undefined || (before !== null && isSameRule(before, rule))) return;
  record.lastDueAt = changeSchedule(before, schedule, lastDueAt, now);
  feed.emit({ type: 'schedule-changed', job: name, lastDueAt: record.lastDueAt });
}

/** Queues the next attempt of a failed run, when its time has come. */
export function askRetry(context: Context, record: JobRecord, now: number): void {
  if (record.retry === null) return;
  // Nor does it wait longer when the clock was set back.
  const at = Math.min(record.retry.at, now + LONGEST_BACKOFF_MS);
  const { dueAt } = record.retry;
  record.retry = { at, dueAt };
  if (at > now || !isIdle(record)) return;
  record.retry = null;
  const run = { cause: 'retry', request: WHOLE_JOB, dueAt, since: now, readyAt: at } as const;
  joinQueue(context, record, run);
}

/** Makes durable up to where due times are dealt with. When it cannot, that is the job's problem, and the answer false. */
export function keepState(context: Context, record: JobRecord): boolean {
  const { lastDueAt, kept } = record;
  const rule = record.rule ?? kept.rule;
  try {
    if (lastDueAt !== kept.lastDueAt || !isSameRule(rule, kept.rule)) {
      setState(context, record, { ...kept, lastDueAt, rule });
    }
  } catch (error) {
    showProblem(context, record, reportError(error));
    return false;
  }
  showProblem(context, record, null);
  return true;
}

/** Throws what the states throw; nothing has changed then. */
export function setState(
  { states }: Pick<Context, 'states'>,
  record: JobRecord,
  state: JobRecord['kept'],
): void {
  states.set(record.name, state);
  record.kept = state;
  record.lastDueAt = state.lastDueAt;
}

/** When a job is to be asked about again. */
export function wakeTime(record: JobRecord, now: number): number {
  const retryAt = isIdle(record) ? record.retry?.at : undefined;
  return Math.min(
    record.next?.startAt ?? Number.POSITIVE_INFINITY,
    retryAt ?? Number.POSITIVE_INFINITY,
    now + LONGEST_SLEEP_MS,
  );
}

function isIdle({ running, waiting }: JobRecord): boolean {
  return running === null && waiting === null;
}
