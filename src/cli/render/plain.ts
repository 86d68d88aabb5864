import type { RunEvent } from '../../core/events.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { rateOf, timeLeft } from '../../lib/rate.ts';
import { formatBytes, formatRate } from '../../lib/size.ts';
import { type OutputStream, writeLines } from '../context.ts';
import { decisionLines } from './decisions.ts';
import type { Renderer } from './renderer.ts';
import { type ActiveTransfer, INITIAL_STATE, nextState } from './run-state.ts';
import { selectionLines } from './selection.ts';
import { failureLines, partialLines, planLines, totalLines } from './summary.ts';
import {
  count,
  entriesText,
  failedText,
  finishedText,
  hookText,
  plannedText,
  prunedText,
  vanishedText,
  warningText,
} from './words.ts';

/** Progress of one source is told at most this often. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * Lines for logs: a time, what it is about, the facts. What went wrong goes to standard error, so
 * that cron and the like tell somebody when the rest is thrown away.
 */
export function createPlainRenderer(stdout: OutputStream, stderr: OutputStream): Renderer {
  let state = INITIAL_STATE;
  const lastTold = new Map<string, number>();

  function isDue(event: RunEvent): boolean {
    if (event.type !== 'transfer-progress') return true;
    if (event.at - (lastTold.get(event.source) ?? 0) < PROGRESS_EVERY_MS) return false;
    lastTold.set(event.source, event.at);
    return true;
  }

  return {
    event(event) {
      state = nextState(state, event);
      if (event.type === 'run-finished') {
        writeLines(stdout, [
          ...planLines(state),
          ...decisionLines(state),
          ...selectionLines(state),
        ]);
        writeLines(stderr, [...partialLines(state), ...failureLines(state)]);
        writeLines(stdout, totalLines(state));
        return;
      }
      if (event.type === 'transfer-finished' || event.type === 'transfer-failed') {
        lastTold.delete(event.source);
      }
      const active =
        'source' in event && event.source !== null ? state.active.get(event.source) : undefined;
      const text = isDue(event) ? plainText(event, active) : null;
      const isBad = event.type === 'warning' || event.type === 'transfer-failed';
      if (text !== null) writeLines(isBad ? stderr : stdout, [`${stamp(event.at)} ${text}`]);
    },
    note: (text) => writeLines(stderr, [text]),
    close: () => {},
  };
}

/** An event as a line of text; null when it is not worth one. */
export function plainText(event: RunEvent, active: ActiveTransfer | undefined): string | null {
  const about = 'source' in event && event.source !== null ? `${printable(event.source)}: ` : '';
  switch (event.type) {
    case 'run-started':
      return `${printable(event.job)}: ${startedText(event)} ${printable(event.run)} started`;
    case 'sources-selected':
      return `${count(event.sources.length, 'source')} selected`;
    case 'warning':
      return warningText(event);
    case 'group-snapshot':
      return groupText(event);
    case 'transfer-planned':
      return about + plannedText(event);
    case 'transfer-phase':
      return about + event.phase;
    case 'transfer-progress':
      return active === undefined ? null : about + progressText(active, event.at);
    case 'checkpoint':
      return `${about}checkpoint at ${formatBytes(event.offset)}`;
    case 'transfer-finished':
      return `${about}done: ${finishedText(event)}`;
    case 'transfer-failed':
      return `${about}failed: ${failedText(event)}`;
    case 'snapshots-pruned':
      return about + prunedText(event);
    case 'sources-vanished':
      return vanishedText(event);
    case 'hook-finished':
      return about + hookText(event);
    case 'hook-started':
    case 'selection-explained':
    case 'prune-decided':
    case 'source-pruned':
    case 'run-finished':
      return null;
  }
}

function startedText({ task, dryRun }: Extract<RunEvent, { type: 'run-started' }>): string {
  const what = task === 'back-up' ? 'run' : task;
  return dryRun ? `dry ${what}` : what;
}

function groupText(event: Extract<RunEvent, { type: 'group-snapshot' }>): string {
  const { group, snapshot, sources } = event;
  return `group ${printable(group)}: snapshot ${printable(snapshot)} of ${count(sources.length, 'image')}`;
}

function progressText(transfer: ActiveTransfer, now: number): string {
  const { phase, bytesDone, bytesTotal, entries, samples } = transfer;
  const rate = rateOf(samples, now);
  const facts: string[] = [];
  if (entries !== null) facts.push(entriesText(entries), `${formatBytes(bytesDone)} copied`);
  else if (bytesTotal === null) facts.push(formatBytes(bytesDone));
  else facts.push(`${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`);
  if (bytesTotal !== null && bytesTotal > 0) {
    facts.push(`${Math.floor((bytesDone / bytesTotal) * 100)}%`);
  }
  // Where nothing had to be copied yet, a rate of zero would look like a transfer that hangs.
  if (rate !== null && (rate > 0 || entries === null)) facts.push(formatRate(rate));
  const left = bytesTotal === null ? null : timeLeft(bytesTotal - bytesDone, rate);
  if (left !== null) facts.push(`${formatDuration(left)} left`);
  return `${phase} ${facts.join(', ')}`;
}

function stamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
