import type { RunEvent } from '../../core/events.ts';
import type { DaemonEvent } from '../feed.ts';
import type { Instruments } from './instruments.ts';

const OUTCOMES = ['ok', 'failed', 'cancelled'];
const SIDES = ['source', 'target'];

const PLAIN = [
  'ceph2zfs_job_read_bytes_total',
  'ceph2zfs_job_written_bytes_total',
  'ceph2zfs_job_due_missed_total',
  'ceph2zfs_job_due_overlapped_total',
] as const;

/** What is counted of jobs, from what happens. It begins at 0 when the daemon is started. */
export interface JobCounters {
  readonly onEvent: (event: DaemonEvent) => void;
  /** Jobs that are new begin at 0; those that are gone leave. */
  setJobs(jobs: readonly string[]): void;
}

/** Runs that only show what they would do (`--dry-run`) are not counted. */
export function createJobCounters(instruments: Instruments): JobCounters {
  const { counter } = instruments;
  const runs = counter('ceph2zfs_job_runs_total');
  const pruned = counter('ceph2zfs_job_snapshots_pruned_total');
  const durations = instruments.histogram('ceph2zfs_job_run_duration_seconds');
  const lastFailed = instruments.gauge('ceph2zfs_job_last_run_failed');
  const dryRuns = new Set<string>();
  const failed = new Map<string, boolean>();
  const known = new Set<string>();

  function add(job: string): void {
    known.add(job);
    for (const name of PLAIN) counter(name).inc({ job }, 0);
    for (const outcome of OUTCOMES) runs.inc({ job, outcome }, 0);
    for (const side of SIDES) pruned.inc({ job, side }, 0);
    durations.zero({ job });
  }

  function remove(job: string): void {
    for (const name of PLAIN) counter(name).remove({ job });
    for (const outcome of OUTCOMES) runs.remove({ job, outcome });
    for (const side of SIDES) pruned.remove({ job, side });
    durations.remove({ job });
    failed.delete(job);
  }

  function onRunEvent(job: string, event: RunEvent): void {
    if (!known.has(job)) add(job);
    switch (event.type) {
      case 'transfer-finished':
        counter('ceph2zfs_job_read_bytes_total').inc({ job }, event.bytesRead);
        counter('ceph2zfs_job_written_bytes_total').inc({ job }, event.bytesWritten);
        break;
      case 'snapshots-pruned':
        pruned.inc({ job, side: event.side }, event.snapshots.length);
        break;
      case 'run-finished': {
        const { outcome, durationMs } = event;
        runs.inc({ job, outcome });
        durations.observe({ job }, durationMs / 1000);
        if (outcome !== 'cancelled') failed.set(job, outcome === 'failed');
      }
    }
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case 'run-begun':
          if (event.run.dryRun) dryRuns.add(event.run.id);
          break;
        case 'run-event':
          if (!dryRuns.has(event.run)) onRunEvent(event.job, event.event);
          break;
        case 'run-ended':
          dryRuns.delete(event.run);
          break;
        case 'job-due': {
          const { job, missed, overlapped } = event;
          if (!known.has(job)) add(job);
          counter('ceph2zfs_job_due_missed_total').inc({ job }, missed);
          counter('ceph2zfs_job_due_overlapped_total').inc({ job }, overlapped);
        }
      }
    },
    setJobs(jobs) {
      const now = new Set(jobs);
      for (const job of known) {
        if (now.has(job)) continue;
        remove(job);
        known.delete(job);
      }
      for (const job of jobs) if (!known.has(job)) add(job);
      lastFailed.reset();
      for (const [job, is] of failed) lastFailed.set({ job }, is ? 1 : 0);
    },
  };
}
