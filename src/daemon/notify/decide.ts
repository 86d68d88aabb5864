/**
 * How long a job that goes on to fail is not told of again, in milliseconds. Somewhat less than a day: a daily run that fails
 * a minute earlier than yesterday is told of as well.
 */
const TOLD_FOR_MS = 23 * 3_600_000;

/** What was told of a job. Times are milliseconds since 1970. */
export interface Told {
  /** When it was last told that the job fails; null when it was told that it recovered, or never failed. */
  readonly failureAt: number | null;
  /** Whether it was told that the job misses its rpo. */
  readonly rpo: boolean;
}

export const NOTHING_TOLD: Told = { failureAt: null, rpo: false };

export type Occasion = 'failure' | 'recovery' | 'rpo';

/** What is to be told now, and what was told then. */
export interface Verdict {
  readonly occasion: Occasion | null;
  readonly told: Told;
}

/**
 * What the end of a run means: a failure is told once, and again after a recovery, or when it was told about a day ago. A run
 * that was cancelled means nothing.
 */
export function afterRun(told: Told, outcome: 'ok' | 'failed' | 'cancelled', now: number): Verdict {
  const { failureAt } = told;
  if (outcome === 'ok' && failureAt !== null) {
    return { occasion: 'recovery', told: { ...told, failureAt: null } };
  }
  // A clock that was set back must not keep it from being told.
  const isOld = failureAt === null || Math.abs(now - failureAt) >= TOLD_FOR_MS;
  if (outcome !== 'failed' || !isOld) return { occasion: null, told };
  return { occasion: 'failure', told: { ...told, failureAt: now } };
}

/** What it means that so many sources of a job miss its rpo: it is told once until none does. */
export function afterRpo(told: Told, missed: number): Verdict {
  const rpo = missed > 0;
  return { occasion: rpo && !told.rpo ? 'rpo' : null, told: { ...told, rpo } };
}
