import { Ceph2zfsError } from '../core/errors.ts';

export type DaemonErrorCode =
  /** No job of this name is configured. */
  | 'unknown-job'
  /** A run of the job goes on or waits. */
  | 'job-running'
  /** There is no such run, or it is over. */
  | 'unknown-run'
  /** The daemon is about to end, and starts no runs any more. */
  | 'draining'
  /** Another daemon has the same socket. */
  | 'daemon-running'
  /** A change of the configuration takes effect with the next start only. */
  | 'needs-restart'
  /** The configuration was to be loaded again, and is invalid. */
  | 'config-refused'
  /** The machine has no group of this name. */
  | 'unknown-group'
  /** Somebody could not be told what `notify` says. */
  | 'notify-failed'
  /** A file with a secret cannot be read, or others may read it. */
  | 'notify-secret';

const HINTS: Readonly<Record<DaemonErrorCode, string>> = {
  'unknown-job': 'Compare the name with those of the configuration that the daemon has loaded.',
  'job-running': 'Wait for its end, or cancel it.',
  'unknown-run': 'See the status of its job: the run may be over.',
  draining: 'Ask again when the daemon has been started again.',
  'daemon-running': 'Use that one, or end it; two need two sockets (`daemon.socket`).',
  'needs-restart': 'Restart the daemon: `systemctl restart ceph2zfs`.',
  'notify-failed': 'Compare `notify` with what is there; backups go on.',
  'notify-secret': 'Make it a file that its owner can read, and others cannot: `chmod 600 FILE`.',
  'config-refused': 'The daemon goes on with what it had; correct the file, then load it again.',
  'unknown-group': 'Make it with `groupadd --system`, or correct `daemon.group`.',
};

/** A request that the daemon cannot fulfil. */
export class DaemonError extends Ceph2zfsError<DaemonErrorCode> {
  constructor(code: DaemonErrorCode, message: string) {
    const retry = code === 'job-running' || code === 'draining' ? 'backoff' : 'never';
    super({ code, message, retry, hint: HINTS[code] });
  }
}
