import { Ceph2zfsError, type RetryClass } from '../../core/errors.ts';

interface Kind {
  readonly retry: RetryClass;
  readonly hint: string;
}

/** What can be wrong on Ceph's side, whether to try again, and what the operator can do. */
const KINDS = {
  'library-missing': {
    retry: 'never',
    hint: 'Install the Ceph client libraries: apt-get install librados2 librbd1 libcephfs2',
  },
  'conf-unreadable': {
    retry: 'never',
    hint: 'Check the path of the ceph.conf in the configuration, and that this user may read it.',
  },
  'auth-failed': {
    retry: 'never',
    hint: 'Check the Ceph user and its keyring: `ceph auth get client.USER` shows the right key.',
  },
  'permission-denied': {
    retry: 'never',
    hint: "Give the Ceph user the caps `mon 'profile rbd' osd 'profile rbd'` (ceph auth caps).",
  },
  'cluster-unreachable': {
    retry: 'backoff',
    hint: 'Check mon_host in the ceph.conf, the network, and that the monitors have a quorum.',
  },
  'client-blocklisted': {
    retry: 'reconnect',
    hint: 'The cluster cut this client off; `ceph osd blocklist ls` shows whether it still is.',
  },
  'pool-missing': { retry: 'never', hint: '`ceph osd pool ls` lists the pools.' },
  'namespace-missing': { retry: 'never', hint: '`rbd namespace ls POOL` lists the namespaces.' },
  'group-missing': { retry: 'never', hint: '`rbd group ls POOL` lists the groups.' },
  'image-missing': { retry: 'never', hint: '`rbd ls POOL` lists the images.' },
  'image-replaced': {
    retry: 'never',
    hint: 'Another image has this name now; a new run backs it up as the new image that it is.',
  },
  'image-unsupported': {
    retry: 'never',
    hint: 'Copy the image into one of format 2 (rbd deep cp), or leave it out of the job.',
  },
  'image-too-large': { retry: 'never', hint: 'Images of up to 8 PiB can be backed up.' },
  'snapshot-missing': {
    retry: 'never',
    hint: 'Somebody removed the snapshot; a new run starts from what is left.',
  },
  'snapshot-exists': { retry: 'never', hint: 'Remove the other snapshot, or wait a second.' },
  'snapshot-protected': {
    retry: 'never',
    hint: 'Flatten or remove the clones (rbd children), then run rbd snap unprotect.',
  },
  'snapshot-busy': {
    retry: 'backoff',
    hint: 'Clones or another client use the snapshot: see `rbd children` and `rbd status`.',
  },
  'snapshot-stalled': {
    retry: 'backoff',
    hint: 'The client that owns the exclusive lock does not answer: see `rbd status` and `rbd lock ls`.',
  },
  'not-primary': {
    retry: 'never',
    hint: 'Back up the primary image on its own cluster, or promote this one (rbd mirror image promote).',
  },
  'read-failed': {
    retry: 'backoff',
    hint: 'See `ceph health detail`: an object may be damaged or its placement group may be down.',
  },
  'filesystem-missing': { retry: 'never', hint: '`ceph fs ls` lists the filesystems.' },
  'mds-unavailable': {
    retry: 'backoff',
    hint: 'See `ceph fs status`: the filesystem needs an MDS that is active.',
  },
  'directory-missing': {
    retry: 'never',
    hint: 'Correct the path in the configuration, or leave it out of the job.',
  },
  'directory-replaced': {
    retry: 'never',
    hint: 'Another directory has this path now; a new run backs it up as the new directory that it is.',
  },
  'directory-unsupported': {
    retry: 'never',
    hint: 'Rename the directory, or select one above it: what is in a backup may have any name.',
  },
  'snapshots-disabled': {
    retry: 'never',
    hint: 'Allow them (`ceph fs set FS allow_new_snaps true`); of a subvolume, select the subvolume itself.',
  },
  'snapshots-full': {
    retry: 'never',
    hint: 'Remove snapshots of the directory, or raise the MDS option mds_max_snaps_per_dir.',
  },
  'entry-missing': {
    retry: 'reconnect',
    hint: 'Nothing can vanish from a snapshot: see whether somebody removed the snapshot, and `ceph tell mds.FS:0 damage ls`.',
  },
  'ceph-failed': {
    retry: 'backoff',
    hint: 'See `ceph status` and `ceph health detail`.',
  },
} as const satisfies Record<string, Kind>;

export type CephErrorCode = keyof typeof KINDS;

export interface CephErrorOptions {
  /** Replaces the hint that belongs to the code. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error of the Ceph cluster, or of the way to it. */
export class CephError extends Ceph2zfsError<CephErrorCode> {
  constructor(code: CephErrorCode, message: string, options: CephErrorOptions = {}) {
    const kind: Kind = KINDS[code];
    super({
      code,
      message,
      retry: kind.retry,
      hint: options.hint ?? kind.hint,
      cause: options.cause,
    });
  }
}
