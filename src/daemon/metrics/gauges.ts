import { backupTakenAt } from '../../core/snapshot-name.ts';
import type { DaemonStatus, JobStatus } from '../../http/schemas.ts';
import type { SourceHistory } from '../../state/history-records.ts';
import type { Sample } from './sample.ts';

/** What the metrics show of the daemon at a moment. */
export interface MetricsView {
  readonly status: DaemonStatus;
  readonly sources: (job: string) => readonly SourceHistory[];
  /** Whether the configuration was accepted when it was read last, and when the one that holds was read. */
  readonly reload: { readonly successful: boolean; readonly loadedAt: number };
  /** Whether the history cannot be written. */
  readonly historyProblem: boolean;
}

/** All that is known from the state of the daemon. */
export function gaugesOf(view: MetricsView): readonly Sample[] {
  const { jobs } = view.status;
  return [
    ...jobs.flatMap(({ name }) => view.sources(name).flatMap(ofSource)),
    ...jobs.flatMap((job) => ofJob(job, view.sources(job.name).length)),
    ...ofDaemon(view),
  ];
}

function ofSource({ job, source, lastSuccess, failuresSinceSuccess }: SourceHistory): Sample[] {
  const labels = { job, source };
  const failures: Sample = {
    name: 'ceph2zfs_source_consecutive_failures',
    labels,
    value: failuresSinceSuccess,
  };
  if (lastSuccess === null) return [failures];
  const { at, durationMs, bytesRead, bytesWritten } = lastSuccess;
  return [
    failures,
    { name: 'ceph2zfs_source_last_success_timestamp_seconds', labels, value: seconds(at) },
    {
      name: 'ceph2zfs_source_last_snapshot_timestamp_seconds',
      labels,
      value: seconds(backupTakenAt(lastSuccess)),
    },
    { name: 'ceph2zfs_source_last_duration_seconds', labels, value: seconds(durationMs) },
    { name: 'ceph2zfs_source_last_read_bytes', labels, value: bytesRead },
    { name: 'ceph2zfs_source_last_written_bytes', labels, value: bytesWritten },
  ];
}

function ofJob(job: JobStatus, sources: number): Sample[] {
  const { running, queued, pausedAt, problem, next, rpo } = job;
  const labels = { job: job.name };
  const samples: Sample[] = [
    { name: 'ceph2zfs_job_sources', labels, value: sources },
    { name: 'ceph2zfs_job_running', labels, value: bit(running !== null) },
    { name: 'ceph2zfs_job_queued', labels, value: bit(queued !== null) },
    { name: 'ceph2zfs_job_paused', labels, value: bit(pausedAt !== null) },
    { name: 'ceph2zfs_job_problem', labels, value: bit(problem !== null) },
  ];
  if (next !== null) {
    const value = seconds(next.dueAt);
    samples.push({ name: 'ceph2zfs_job_next_due_timestamp_seconds', labels, value });
  }
  if (rpo !== null) {
    const { limitMs, missed } = rpo;
    samples.push(
      { name: 'ceph2zfs_job_rpo_seconds', labels, value: seconds(limitMs) },
      { name: 'ceph2zfs_job_rpo_missed_sources', labels, value: missed.length },
    );
  }
  return samples;
}

function ofDaemon({ status, reload, historyProblem }: MetricsView): Sample[] {
  const { version, startedAt, problems, draining } = status;
  const values = {
    ceph2zfs_daemon_start_time_seconds: seconds(startedAt),
    ceph2zfs_daemon_problems: problems.length,
    ceph2zfs_daemon_draining: bit(draining),
    ceph2zfs_config_last_reload_successful: bit(reload.successful),
    ceph2zfs_config_last_reload_success_timestamp_seconds: seconds(reload.loadedAt),
    ceph2zfs_history_problem: bit(historyProblem),
  } as const;
  const names = Object.keys(values) as (keyof typeof values)[];
  return [
    { name: 'ceph2zfs_build_info', labels: { version }, value: 1 },
    ...names.map((name) => ({ name, labels: {}, value: values[name] })),
  ];
}

function seconds(ms: number): number {
  return ms / 1000;
}

function bit(is: boolean): number {
  return is ? 1 : 0;
}
