import { backupTakenAt } from '../../core/snapshot-name.ts';
import type { DaemonStatus, JobStatus, SourceHistory } from '../../http/schemas.ts';
import { formatTable } from '../../lib/columns.ts';
import { formatDuration, writeDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes, formatRate } from '../../lib/size.ts';
import { reportLines } from '../errors.ts';
import { sinkLines } from './sink.ts';
import { count, entriesText } from './words.ts';

/** More sources that miss the rpo of a job are counted only. */
const MOST_MISSED = 5;

/** How the daemon and its jobs are, for people: what is wrong comes first. */
export function statusLines(status: DaemonStatus, sources: readonly SourceHistory[]): string[] {
  const jobs = status.jobs.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1));
  return [
    ...status.problems.flatMap((problem) => [...reportLines(problem), '']),
    ...jobs.flatMap((job) => [...rpoLines(job), ...problemLines(job)]),
    ...(jobs.length === 0 && status.sink !== null ? [] : tableLines(jobs, status, sources)),
    ...jobs.flatMap((job) => runningLines(job, status.at)),
    ...sinkLines(status.sink, status.at),
    daemonLine(status),
  ];
}

function rankOf({ rpo, problem, last, running }: JobStatus): number {
  if (missesRpo(rpo)) return 0;
  if (problem !== null) return 1;
  if (last?.outcome === 'failed') return 2;
  return running === null ? 4 : 3;
}

function missesRpo(rpo: JobStatus['rpo']): rpo is NonNullable<JobStatus['rpo']> {
  return rpo !== null && rpo.missed.length > 0;
}

/** Which sources have no backup as young as they should. */
function rpoLines({ name, rpo }: JobStatus): string[] {
  if (!missesRpo(rpo)) return [];
  const { limitMs, missed } = rpo;
  const sources = missed.slice(0, MOST_MISSED).map(({ source, ageMs }) => {
    return `  ${printable(source)}: ${ageMs === null ? 'NEVER backed up' : `${ago(0, ageMs)} old`}`;
  });
  const more = missed.length - sources.length;
  return [
    `RPO MISSED: ${printable(name)}: ${count(missed.length, 'source')} without a backup of the last ${writeDuration(limitMs)}`,
    ...sources,
    ...(more === 0 ? [] : [`  and ${more} more`]),
    '',
  ];
}

/** What keeps a job from being well, whole. */
function problemLines({ name, problem, last }: JobStatus): string[] {
  const failures = last?.outcome === 'failed' ? last.failures : [];
  const whole = last?.outcome === 'failed' ? last.error : null;
  const told = [
    ...(problem === null ? [] : [{ about: name, error: problem }]),
    ...(whole === null ? [] : [{ about: name, error: whole }]),
    ...failures.map(({ source, error }) => ({ about: `${name}: ${source}`, error })),
  ];
  return told.flatMap(({ about, error }) => [
    `failed: ${printable(about)}`,
    ...reportLines(error).map((line) => `  ${line}`),
    '',
  ]);
}

function tableLines(
  jobs: readonly JobStatus[],
  { at }: DaemonStatus,
  sources: readonly SourceHistory[],
): string[] {
  const rows = jobs.map((job) => [
    printable(job.name),
    stateText(job),
    lastText(job, at),
    `${oldestText(job, sources, at)}${missesRpo(job.rpo) ? ', RPO MISSED' : ''}`,
    nextText(job, at),
    printable(job.schedule),
  ]);
  return formatTable(
    [
      { title: 'JOB', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'LAST RUN', align: 'left' },
      { title: 'OLDEST BACKUP', align: 'left' },
      { title: 'NEXT RUN', align: 'left' },
      { title: 'SCHEDULE', align: 'left' },
    ],
    rows,
  );
}

function stateText({ running, queued, retry, pausedAt, problem, removed }: JobStatus): string {
  if (running !== null) {
    const { selected, succeeded, failed, cancelling } = running;
    const done = selected === null ? '' : ` ${succeeded + failed}/${selected}`;
    return cancelling ? 'cancelling' : `running${done}${removed ? ', removed' : ''}`;
  }
  if (problem !== null) return 'PROBLEM';
  if (queued !== null) return 'queued';
  if (pausedAt !== null) return 'paused';
  return retry === null ? 'waiting' : `retry ${retry.attempt}`;
}

function lastText({ last }: JobStatus, now: number): string {
  if (last === null) return '-';
  const { outcome, at, failed, warnings } = last;
  const facts = [outcome === 'failed' ? 'FAILED' : outcome, `${ago(at, now)} ago`];
  if (failed > 0) facts.push(`${failed} failed`);
  if (warnings > 0) facts.push(count(warnings, 'warning'));
  return facts.join(', ');
}

/** How old the last good backup is of the source that is worst off. */
function oldestText(job: JobStatus, sources: readonly SourceHistory[], now: number): string {
  const own = sources.filter((source) => source.job === job.name);
  if (own.length === 0) return '-';
  const never = own.filter(({ lastSuccess }) => lastSuccess === null).length;
  if (never > 0) return `${count(never, 'source')} NEVER`;
  const taken = own.map(({ lastSuccess }) =>
    lastSuccess === null ? now : backupTakenAt(lastSuccess),
  );
  return ago(Math.min(...taken), now);
}

function nextText({ next, retry, pausedAt }: JobStatus, now: number): string {
  if (retry !== null) return `in ${ago(now, retry.at)}`;
  if (next === null || pausedAt !== null) return '-';
  return next.startAt <= now ? 'now' : `in ${ago(now, next.startAt)}`;
}

function runningLines({ name, running }: JobStatus, now: number): string[] {
  if (running === null) return [];
  return running.sources.map((progress) => {
    const { source, phase, since, bytesDone, bytesTotal, entries } = progress;
    const { bytesPerSecond, etaSeconds } = progress;
    const facts = [`${phase} for ${ago(since, now)}`];
    if (entries !== null) facts.push(entriesText(entries));
    if (bytesTotal !== null && bytesTotal > 0) {
      const percent = Math.floor((bytesDone / bytesTotal) * 100);
      facts.push(`${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}, ${percent}%`);
    } else if (bytesDone > 0) {
      facts.push(formatBytes(bytesDone));
    }
    if (bytesPerSecond !== null) facts.push(formatRate(bytesPerSecond));
    if (etaSeconds !== null) facts.push(`${formatDuration(etaSeconds * 1000)} left`);
    return `  ${printable(name)}: ${printable(source)}: ${facts.join(', ')}`;
  });
}

function daemonLine({ version, pid, startedAt, at, draining, limits }: DaemonStatus): string {
  const facts = [
    `daemon ${version}, pid ${pid}, up ${ago(startedAt, at)}`,
    `at most ${count(limits.runs, 'run')} at a time`,
  ];
  if (draining) facts.push('ENDING');
  return facts.join(', ');
}

/** Whole seconds: nobody wants more of an age. */
function ago(from: number, to: number): string {
  return formatDuration(Math.max(0, Math.round((to - from) / 1000) * 1000));
}
