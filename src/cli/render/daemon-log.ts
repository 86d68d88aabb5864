import type { DaemonEvent } from '../../daemon/feed.ts';
import { printable } from '../../lib/printable.ts';
import { type CliContext, writeLines } from '../context.ts';
import { plainText } from './plain.ts';

export type Level = 'error' | 'warning' | 'info';

/** As in syslog: the journal reads them at the beginning of a line. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6 };

/** How much of a run's id is shown: enough for `ceph2zfs show`. */
const ID_LENGTH = 8;

export interface Log {
  readonly event: (event: DaemonEvent) => void;
  readonly text: (level: Level, text: string) => void;
}

/** One line for each thing that happens; in the journal with its priority, elsewhere with the time. */
export function createLog({ stdout, stderr }: CliContext, env: NodeJS.ProcessEnv): Log {
  const toJournal = env['JOURNAL_STREAM'] !== undefined;
  function write(level: Level, text: string): void {
    const stamp = toJournal ? `<${PRIORITIES[level]}>` : `${new Date().toISOString()} ${level} `;
    writeLines(level === 'info' ? stdout : stderr, [stamp + printable(text)]);
  }
  return {
    event(event) {
      const line = logLine(event);
      if (line !== null) write(line.level, line.text);
    },
    text: write,
  };
}

/** What happened, for a log; null when it is not worth a line there. */
export function logLine(
  event: DaemonEvent,
): { readonly level: Level; readonly text: string } | null {
  switch (event.type) {
    case 'run-begun': {
      const { id, job, cause } = event.run;
      return { level: 'info', text: `job=${job} run=${short(id)} begins (${cause})` };
    }
    case 'run-event':
      return runLine(event);
    case 'job-due': {
      const { job, missed, overlapped } = event;
      const facts = [
        ...(missed > 0 ? [`${missed} due times were missed`] : []),
        ...(overlapped > 0 ? [`${overlapped} due times passed while a run went on`] : []),
      ];
      return facts.length === 0
        ? null
        : { level: 'warning', text: `job=${job} ${facts.join(', ')}` };
    }
    case 'retry-planned': {
      const at = new Date(event.at).toISOString();
      return { level: 'info', text: `job=${event.job} is tried again at ${at}` };
    }
    case 'job-problem':
      return event.problem === null
        ? { level: 'info', text: `job=${event.job} has its problem no more` }
        : { level: 'error', text: `job=${event.job} ${event.problem.message}` };
    case 'job-paused':
      return { level: 'info', text: `job=${event.job} is paused` };
    case 'job-resumed':
      return { level: 'info', text: `job=${event.job} is resumed` };
    case 'schedule-changed':
      return { level: 'info', text: `job=${event.job} has another schedule than before` };
    case 'run-left-queue':
      return {
        level: 'info',
        text: `job=${event.job} waits no more (${event.reason})`,
      };
    case 'run-queued':
    case 'run-ended':
    case 'reloaded':
    case 'draining':
      return null;
  }
}

function runLine({ job, run, event }: Extract<DaemonEvent, { type: 'run-event' }>) {
  const about = `job=${job} run=${short(run)}`;
  if (event.type === 'run-finished') {
    const { outcome, succeeded, failed, error } = event;
    const why = error === null ? '' : `: ${error.message}`;
    const text = `${about} ${outcome}, ${succeeded} succeeded, ${failed} failed${why}`;
    return { level: outcome === 'failed' ? ('error' as const) : ('info' as const), text };
  }
  // Phases and progress are for those who look on.
  const isDetail = ['run-started', 'transfer-phase', 'transfer-progress', 'checkpoint'];
  if (isDetail.includes(event.type)) return null;
  const text = plainText(event, undefined);
  if (text === null) return null;
  const level =
    event.type === 'transfer-failed' ? 'error' : event.type === 'warning' ? 'warning' : 'info';
  return { level, text: `${about} ${text}` } as const;
}

function short(id: string): string {
  return id.slice(0, ID_LENGTH);
}
