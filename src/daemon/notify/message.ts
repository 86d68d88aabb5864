import type { ErrorReport } from '../../core/errors.ts';
import { formatDuration, writeDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import type { Rpo } from '../rpo.ts';
import type { LastStatus } from '../status.ts';
import type { Occasion } from './decide.ts';

/** More sources are counted only. */
const MOST_SOURCES = 10;

/** What somebody is told. */
export interface Message {
  readonly occasion: Occasion;
  readonly job: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One line. */
  readonly title: string;
  /** All there is to say, in lines. */
  readonly text: string;
}

type Ended = Pick<LastStatus, 'at' | 'succeeded' | 'failed' | 'failures' | 'error'>;

export function failureMessage(job: string, run: Ended): Message {
  return message('failure', job, run.at, `ceph2zfs: ${job} failed`, errorLines(run));
}

export function recoveryMessage(job: string, { at }: Ended): Message {
  return message('recovery', job, at, `ceph2zfs: ${job} works again`, ['The last run succeeded.']);
}

export function rpoMessage(job: string, { limitMs, missed }: Rpo, at: number): Message {
  const sources = missed.slice(0, MOST_SOURCES).map(({ source, ageMs }) => {
    return `${printable(source)}: ${ageMs === null ? 'never backed up' : `${formatDuration(ageMs)} old`}`;
  });
  const what = `Sources without a backup of the last ${writeDuration(limitMs)}: ${missed.length}`;
  const lines = [what, ...sources, ...moreLines(missed.length)];
  return message('rpo', job, at, `ceph2zfs: ${job} misses its rpo`, lines);
}

/** What went wrong in a run, the whole first. */
export function errorLines(run: Ended): readonly string[] {
  const { succeeded, failed, failures, error } = run;
  const sources = failures.slice(0, MOST_SOURCES).flatMap(({ source, error: why }) => {
    return [`${printable(source)}:`, ...reportLines(why)];
  });
  const whole = error === null ? [] : reportLines(error);
  const counts = `Sources that succeeded: ${succeeded}, that failed: ${failed}`;
  return [...whole, counts, ...sources, ...moreLines(failed)];
}

function reportLines({ message: text, hint }: ErrorReport): string[] {
  return [printable(text), ...(hint === undefined ? [] : [`Hint: ${printable(hint)}`])];
}

function moreLines(count: number): string[] {
  return count > MOST_SOURCES ? [`and ${count - MOST_SOURCES} more`] : [];
}

function message(
  occasion: Occasion,
  job: string,
  at: number,
  title: string,
  lines: readonly string[],
): Message {
  return { occasion, job, at, title, text: [title, '', ...lines].join('\n') };
}
