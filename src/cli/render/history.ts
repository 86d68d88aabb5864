import type { RunDetail, RunSummary } from '../../http/schemas.ts';
import { formatTable } from '../../lib/columns.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes } from '../../lib/size.ts';
import { reportLines } from '../errors.ts';
import { warningText } from './words.ts';

/** Runs as a table. */
export function runsLines(runs: readonly RunSummary[], now: number): string[] {
  if (runs.length === 0) return ['no runs'];
  return formatTable(
    [
      { title: 'RUN', align: 'left' },
      { title: 'JOB', align: 'left' },
      { title: 'BEGAN', align: 'left' },
      { title: 'WHY', align: 'left' },
      { title: 'OUTCOME', align: 'left' },
      { title: 'SOURCES', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'READ', align: 'right' },
      { title: 'WROTE', align: 'right' },
      { title: 'TOOK', align: 'right' },
    ],
    runs.map((run) => [
      run.id.slice(0, 8),
      printable(run.job),
      timeText(run.startedAt),
      run.cause + (run.dryRun ? ', dry run' : ''),
      outcomeText(run),
      String(run.succeeded + run.failed),
      String(run.failed),
      formatBytes(run.bytesRead),
      formatBytes(run.bytesWritten),
      tookText(run, now),
    ]),
  );
}

/** All that is known of a run. */
export function runDetailLines({ summary, transfers, warnings }: RunDetail): string[] {
  const { id, job, cause, startedAt, error } = summary;
  return [
    `run ${printable(id)} of job ${printable(job)} (${cause}), ${timeText(startedAt)}: ${outcomeText(summary)}`,
    ...(error === null ? [] : reportLines(error)),
    ...transfers.flatMap(transferLines),
    ...warnings.map(
      (warning) => `${timeText(warning.at)} ${warningText({ type: 'warning', ...warning })}`,
    ),
  ];
}

function transferLines(transfer: RunDetail['transfers'][number]): string[] {
  const { source, plan, result, error } = transfer;
  const about = printable(source);
  if (error !== null) {
    return [`failed: ${about}`, ...reportLines(error).map((line) => `  ${line}`)];
  }
  if (result !== null) {
    const facts = [
      result.mode,
      `read ${formatBytes(result.bytesRead)}`,
      `wrote ${formatBytes(result.bytesWritten)}`,
      formatDuration(result.durationMs),
      printable(`${result.dataset}@${result.snapshot}`),
    ];
    return [`ok ${about}: ${facts.join(', ')}`];
  }
  return [`${about}: ${plan === null ? 'begun' : `${plan.mode}, to ${printable(plan.dataset)}`}`];
}

function outcomeText({ outcome }: RunSummary): string {
  if (outcome === null) return 'runs';
  return outcome === 'failed' ? 'FAILED' : outcome;
}

function tookText({ durationMs, endedAt, startedAt, outcome }: RunSummary, now: number): string {
  if (durationMs !== null) return formatDuration(durationMs);
  return outcome === null && endedAt === null ? formatDuration(now - startedAt) : '-';
}

function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
