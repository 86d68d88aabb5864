import { describe, expect, it } from 'vitest';
import { daemonStatus, jobStatus, NOW } from '../../../test/fakes/control.ts';
import {
  createWorld,
  daemonJob,
  everyMinutes,
  failed,
  type World,
} from '../../../test/support/daemon-world.ts';
import { finished } from '../../../test/support/history-events.ts';
import type { SourceHistory } from '../../state/history-records.ts';
import { METRICS } from './definitions.ts';
import type { MetricsView } from './gauges.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const SUCCESS = {
  at: NOW - HOUR,
  run: 'r',
  dataset: 'tank/a',
  snapshot: 'c2z_2026-11-25T10:00:00Z',
  bytesRead: 300,
  bytesWritten: 200,
  durationMs: 1500,
};

function source(name: string, given: Partial<SourceHistory> = {}): SourceHistory {
  const none = { lastFailure: null, failuresSinceSuccess: 0, failingSince: null };
  return { job: 'vms', source: name, lastSuccess: SUCCESS, ...none, ...given };
}

function viewOf(changes: Partial<MetricsView> = {}): MetricsView {
  const reload = { successful: true, loadedAt: NOW };
  return {
    status: daemonStatus(),
    sources: () => [],
    reload,
    historyProblem: false,
    ...changes,
  };
}

const silent = { subscribe: () => ({ [Symbol.dispose]: () => undefined }) };

async function linesOf(metrics: Metrics): Promise<string[]> {
  const { text } = await metrics.page();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function shown(view: MetricsView): Promise<string[]> {
  using metrics = createMetrics(() => view, silent);
  return await linesOf(metrics);
}

describe('the metrics', () => {
  it('show the last backup of each source', async () => {
    const sources = () => [
      source('rbd/a"\\\n'),
      source('rbd/new', { lastSuccess: null, failuresSinceSuccess: 3 }),
    ];
    const lines = (await shown(viewOf({ sources }))).filter((line) => line.includes('source='));
    const labels = 'job="vms",source="rbd/a\\"\\\\\\n"';
    expect(new Set(lines)).toEqual(
      new Set([
        `ceph2zfs_source_last_success_timestamp_seconds{${labels}} ${(NOW - HOUR) / 1000}`,
        `ceph2zfs_source_last_snapshot_timestamp_seconds{${labels}} ${(NOW - 2 * HOUR) / 1000}`,
        `ceph2zfs_source_last_duration_seconds{${labels}} 1.5`,
        `ceph2zfs_source_last_read_bytes{${labels}} 300`,
        `ceph2zfs_source_last_written_bytes{${labels}} 200`,
        `ceph2zfs_source_consecutive_failures{${labels}} 0`,
        'ceph2zfs_source_consecutive_failures{job="vms",source="rbd/new"} 3',
      ]),
    );
  });

  it('show how jobs and the daemon are', async () => {
    const rpo = { limitMs: 26 * HOUR, missed: [{ source: 'rbd/a', ageMs: null }] };
    const jobs = [
      jobStatus({ rpo, queued: { since: NOW, cause: 'trigger' } }),
      jobStatus({ name: 'homes', pausedAt: NOW, next: null }),
    ];
    const status = daemonStatus({ jobs, seq: 17 });
    const reload = { successful: false, loadedAt: NOW - HOUR };
    const lines = await shown(viewOf({ status, reload, historyProblem: true }));
    expect(lines).toEqual(
      expect.arrayContaining([
        'ceph2zfs_job_rpo_seconds{job="vms"} 93600',
        'ceph2zfs_job_rpo_missed_sources{job="vms"} 1',
        'ceph2zfs_job_queued{job="vms"} 1',
        'ceph2zfs_job_running{job="vms"} 0',
        'ceph2zfs_job_paused{job="homes"} 1',
        `ceph2zfs_job_next_due_timestamp_seconds{job="vms"} ${(NOW + MINUTE) / 1000}`,
        'ceph2zfs_build_info{version="1.2.3"} 1',
        `ceph2zfs_daemon_start_time_seconds ${(NOW - HOUR) / 1000}`,
        'ceph2zfs_config_last_reload_successful 0',
        `ceph2zfs_config_last_reload_success_timestamp_seconds ${(NOW - HOUR) / 1000}`,
        'ceph2zfs_history_problem 1',
        'ceph2zfs_events_total 17',
      ]),
    );
    const absent = lines.filter((line) => /rpo.*homes|next_due.*homes|last_run_failed/.test(line));
    expect(absent).toEqual([]);
  });

  it('lose what is gone, and count nothing twice when they are read again', async () => {
    let view = viewOf({ sources: () => [source('rbd/a')] });
    using metrics = createMetrics(() => view, silent);
    const first = await linesOf(metrics);
    expect(first.some((line) => line.includes('source='))).toBe(true);
    view = viewOf({ status: daemonStatus({ seq: 5, jobs: [] }) });
    await linesOf(metrics);
    const lines = await linesOf(metrics);
    expect(lines.filter((line) => line.includes('job='))).toEqual([]);
    expect(lines).toContain('ceph2zfs_events_total 5');
  });

  it('have all that are defined, in the text format', async () => {
    using metrics = createMetrics(viewOf, silent);
    const { contentType, text } = await metrics.page();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(types).toEqual(Object.entries(METRICS).map(([name, { type }]) => [name, type]));
  });
});

describe('what is counted of jobs', () => {
  function metricsOf(world: World): Metrics {
    const status = () => {
      const jobs = world.supervisor.status().jobs.map(({ name }) => jobStatus({ name }));
      return daemonStatus({ jobs });
    };
    return createMetrics(() => viewOf({ status: status() }), world.supervisor);
  }

  async function counted(metrics: Metrics, pattern: RegExp): Promise<string[]> {
    return (await linesOf(metrics))
      .filter((line) => pattern.test(line))
      .map((line) => line.replace('ceph2zfs_job_', ''));
  }

  it('begins at 0, also for outcomes that there were none of', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    using metrics = metricsOf(world);
    expect(await counted(metrics, /_total\{|duration_seconds_count/)).toEqual([
      'runs_total{job="vms",outcome="ok"} 0',
      'runs_total{job="vms",outcome="failed"} 0',
      'runs_total{job="vms",outcome="cancelled"} 0',
      'read_bytes_total{job="vms"} 0',
      'written_bytes_total{job="vms"} 0',
      'snapshots_pruned_total{job="vms",side="source"} 0',
      'snapshots_pruned_total{job="vms",side="target"} 0',
      'due_missed_total{job="vms"} 0',
      'due_overlapped_total{job="vms"} 0',
      'run_duration_seconds_count{job="vms"} 0',
    ]);
  });

  it('is what its runs told', async () => {
    const plan: World['plan'] = (_, count) => ({
      ms: 20 * MINUTE,
      ...(count === 0 ? {} : { fails: 'never' as const }),
    });
    const jobs = [daemonJob('vms', everyMinutes(15))];
    await using world = createWorld({ jobs, plan, start: false });
    using metrics = metricsOf(world);
    world.supervisor.start();
    const [run] = world.runs;
    run?.tell(finished('rbd/a'));
    run?.tell(finished('rbd/b'));
    const removed = { source: 'rbd/a', dataset: null, snapshots: ['s1', 's2'] };
    run?.tell({ type: 'snapshots-pruned', at: 1, side: 'source', ...removed });
    await world.wait(51 * MINUTE);
    expect(await counted(metrics, / [^0]\S*$/)).toEqual(
      expect.arrayContaining([
        'runs_total{job="vms",outcome="ok"} 1',
        'runs_total{job="vms",outcome="failed"} 1',
        'read_bytes_total{job="vms"} 600',
        'written_bytes_total{job="vms"} 400',
        'snapshots_pruned_total{job="vms",side="source"} 2',
        'due_overlapped_total{job="vms"} 2',
        'run_duration_seconds_sum{job="vms"} 2400',
        'run_duration_seconds_bucket{le="1800",job="vms"} 2',
        'last_run_failed{job="vms"} 1',
      ]),
    );
  });

  it('is not what a run told that only shows what it would do', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    using metrics = metricsOf(world);
    world.supervisor.trigger('vms', { dryRun: true });
    await world.wait(2 * MINUTE);
    expect(await counted(metrics, /runs_total.* [^0]|last_run/)).toEqual([]);
  });

  it('leaves with the job, and begins anew when it comes back', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms'), daemonJob('homes')] });
    using metrics = metricsOf(world);
    world.supervisor.trigger('vms');
    world.supervisor.reload([daemonJob('homes')], { runs: 1 });
    expect(await counted(metrics, /"vms"/)).not.toEqual([]);
    await world.wait(2 * MINUTE);
    expect(await counted(metrics, /"vms"/)).toEqual([]);
    world.supervisor.reload([daemonJob('vms')], { runs: 1 });
    expect(await counted(metrics, /_total.*"vms".* [^0]/)).toEqual([]);
    expect(await counted(metrics, /"vms",outcome/)).toHaveLength(3);
  });

  it('does not take a cancelled run for a failed one', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    using metrics = metricsOf(world);
    world.supervisor.trigger('vms');
    world.runs[0]?.end('cancelled', failed('never'));
    await world.settle();
    expect(await counted(metrics, /last_run|runs_total.* [^0]/)).toEqual([
      'runs_total{job="vms",outcome="cancelled"} 1',
    ]);
  });
});
