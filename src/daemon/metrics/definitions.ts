/** A metric, as Prometheus and docs/metrics.md tell it. */
export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const SOURCE = ['job', 'source'];
const JOB = ['job'];
const CLIENT = ['client'];

function gauge(labels: readonly string[], help: string) {
  return { type: 'gauge', labels, help } as const;
}

function counter(labels: readonly string[], help: string) {
  return { type: 'counter', labels, help } as const;
}

/** Every metric that there is. */
export const METRICS = {
  ceph2zfs_source_last_success_timestamp_seconds: gauge(
    SOURCE,
    'When the last transfer of the source that succeeded ended; absent when none did.',
  ),
  ceph2zfs_source_last_snapshot_timestamp_seconds: gauge(
    SOURCE,
    'When the snapshot of the newest backup was taken, from which its age is counted; absent when there is none.',
  ),
  ceph2zfs_source_last_duration_seconds: gauge(
    SOURCE,
    'How long the last transfer that succeeded took.',
  ),
  ceph2zfs_source_last_read_bytes: gauge(
    SOURCE,
    'What the last transfer that succeeded read from Ceph.',
  ),
  ceph2zfs_source_last_written_bytes: gauge(
    SOURCE,
    'What the last transfer that succeeded wrote to ZFS.',
  ),
  ceph2zfs_source_consecutive_failures: gauge(
    SOURCE,
    'How often the transfer of the source failed since it succeeded last.',
  ),
  ceph2zfs_job_sources: gauge(JOB, 'Sources of the job of which a backup or a failure is known.'),
  ceph2zfs_job_running: gauge(JOB, '1 while a run of the job goes on.'),
  ceph2zfs_job_queued: gauge(JOB, '1 while a run of the job waits for room.'),
  ceph2zfs_job_paused: gauge(JOB, '1 while the job is paused.'),
  ceph2zfs_job_problem: gauge(
    JOB,
    '1 while something keeps the job from being run as it should be.',
  ),
  ceph2zfs_job_next_due_timestamp_seconds: gauge(
    JOB,
    'When the job is due next; absent when it is only triggered, and while it is paused.',
  ),
  ceph2zfs_job_rpo_seconds: gauge(
    JOB,
    'How old the newest backup of each source may be; absent without an `rpo`.',
  ),
  ceph2zfs_job_rpo_missed_sources: gauge(
    JOB,
    'Sources whose newest backup is older than that; absent without an `rpo`.',
  ),
  ceph2zfs_job_last_run_failed: gauge(
    JOB,
    '1 when the last run failed, or any source in it, 0 when all went well; absent until a run ended since the daemon was started. A cancelled run changes nothing.',
  ),
  ceph2zfs_job_runs_total: counter(
    ['job', 'outcome'],
    'Runs that ended; `outcome` is `ok`, `failed` or `cancelled`.',
  ),
  ceph2zfs_job_read_bytes_total: counter(JOB, 'What transfers that succeeded read from Ceph.'),
  ceph2zfs_job_written_bytes_total: counter(JOB, 'What transfers that succeeded wrote to ZFS.'),
  ceph2zfs_job_snapshots_pruned_total: counter(
    ['job', 'side'],
    'Snapshots that were removed because no rule keeps them; `side` is `source` or `target`.',
  ),
  ceph2zfs_job_due_missed_total: counter(JOB, 'Due times at which no run could be started.'),
  ceph2zfs_job_due_overlapped_total: counter(
    JOB,
    'Due times that were skipped because a run went on or waited.',
  ),
  ceph2zfs_job_run_duration_seconds: {
    type: 'histogram',
    labels: JOB,
    help: 'How long runs took that ended, whatever became of them.',
  },
  // A metric without labels is never absent, and 0 would be a sink that is down.
  ceph2zfs_sink_up: gauge(
    ['listen'],
    '1 while the sink listens (on which address and port), 0 while its process is started; absent where none is configured.',
  ),
  ceph2zfs_sink_restarts_total: counter([], 'How often the process of the sink was started again.'),
  ceph2zfs_sink_received_bytes_total: counter(
    CLIENT,
    'What a client has sent for transfers since the process of the sink was started, with what it sent twice because a connection broke.',
  ),
  ceph2zfs_sink_connections: gauge(CLIENT, 'Connections that a client has open.'),
  ceph2zfs_sink_sessions: gauge(CLIENT, 'Locks and transfers that a client has open.'),
  ceph2zfs_sink_transfers: gauge(
    ['client', 'waits_for'],
    'Transfers that a client has open, by what they wait for: `source`, `network` or `target`.',
  ),
  ceph2zfs_sink_refused_connections_total: counter(
    ['reason'],
    'Connections that the sink did not let in: `handshake` (no TLS connection came of them), `certificate` (of another authority, ended or revoked), `client` (none of this name), `busy` (as many as there may be).',
  ),
  ceph2zfs_build_info: gauge(['version'], 'Always 1; `version` is that of the daemon.'),
  ceph2zfs_daemon_start_time_seconds: gauge([], 'When the daemon was started.'),
  ceph2zfs_daemon_problems: gauge([], 'How much is wrong with the daemon itself; see its status.'),
  ceph2zfs_daemon_draining: gauge([], '1 when the daemon is about to end and starts no runs.'),
  ceph2zfs_config_last_reload_successful: gauge(
    [],
    '0 when the configuration was refused as it was read last; the one before it goes on.',
  ),
  ceph2zfs_config_last_reload_success_timestamp_seconds: gauge(
    [],
    'When the configuration that holds was read.',
  ),
  ceph2zfs_history_problem: gauge([], '1 while the history of runs cannot be written.'),
  ceph2zfs_events_total: counter([], 'Events that the daemon told; the number of the last one.'),
  process_cpu_seconds_total: counter(
    [],
    'CPU time of the daemon, in user and system mode, without that of its runs.',
  ),
  process_resident_memory_bytes: gauge([], 'Memory of the daemon, without that of its runs.'),
  process_open_fds: gauge([], 'File descriptors that the daemon has open.'),
  process_start_time_seconds: gauge([], 'When the process of the daemon was started.'),
  nodejs_heap_size_used_bytes: gauge([], 'Part of the memory that is used for objects.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** The names of all metrics of one type. */
export type NameOf<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
