import type { ClientError } from '../../src/cli/daemon-client.ts';
import type { UsageError } from '../../src/cli/errors.ts';
import type { ConfigErrorCode } from '../../src/config/problems.ts';
import type { DaemonErrorCode } from '../../src/daemon/errors.ts';
import type { HttpErrorCode } from '../../src/http/errors.ts';
import type { JobErrorCode } from '../../src/jobs/errors.ts';
import type { PkiErrorCode } from '../../src/pki/errors.ts';
import type { SinkErrorCode } from '../../src/sink/errors.ts';
import type { CephErrorCode } from '../../src/source/ceph/errors.ts';
import type { StateErrorCode } from '../../src/state/errors.ts';
import type { ZfsErrorCode } from '../../src/target/zfs/errors.ts';
import type { TransportErrorCode } from '../../src/transport/errors.ts';

export interface ErrorCode {
  readonly means: string;
  readonly todo: string;
  /** `1`, when it ends the transfer of one image; else what it ends the whole command with. */
  readonly exit: string;
}

type Table<Code extends string> = Readonly<Record<Code, ErrorCode>>;

/** What an image's own trouble ends with, and what makes the whole run impossible. */
const IMAGE = '1';
const RUN = '4';
const BOTH = '1 or 4';
/** What the daemon tells, and goes on. */
const NONE = '–';

const CONFIG: Table<ConfigErrorCode | UsageError['code']> = {
  'config-invalid': {
    means: 'The configuration has mistakes. All are told at once, with file, line and column.',
    todo: 'Correct each line that is named; `ceph2zfs check` shows what is left.',
    exit: '3',
  },
  'config-unreadable': {
    means: 'The configuration file cannot be read.',
    todo: 'Name it with `--config FILE` or in `CEPH2ZFS_CONFIG`, and see who may read it.',
    exit: '3',
  },
  'unknown-job': {
    means: 'The configuration has no job of this name.',
    todo: 'Use one of the names that the message lists.',
    exit: '2',
  },
  'invalid-pattern': {
    means: 'A pattern on the command line is none.',
    todo: 'Write it as `pool/image` or `pool/namespace/image`, with `*` for any part.',
    exit: '2',
  },
  'no-rules': {
    means: 'The job keeps all of its snapshots: it has no `keep`.',
    todo: 'Give it rules, then see with `ceph2zfs prune JOB --dry-run` what they come to.',
    exit: '2',
  },
  'unknown-snapshot': {
    means: 'No target of the configuration has this backup.',
    todo: 'See `ceph2zfs list`; a snapshot is SOURCE@NAME or DATASET@NAME.',
    exit: '2',
  },
  'pin-at-sink': {
    means:
      'No target on this machine has this backup, and some jobs push to a sink. Pins are set where the backups are.',
    todo: 'On the sink: `zfs hold ceph2zfs:pin DATASET@NAME`, and `zfs release` to take it away; `ceph2zfs list` shows the dataset.',
    exit: '2',
  },
  'ambiguous-snapshot': {
    means: 'Several datasets have a backup of this source with this name.',
    todo: 'Name the dataset instead of the source.',
    exit: '2',
  },
};

const RUNS: Table<Exclude<JobErrorCode, 'snapshot-missing'> | 'unexpected'> = {
  stalled: {
    means:
      'A phase made no progress for `timeouts.stall`. The source was cancelled, and the others went on; the run ended if the source could not be cancelled (a call into a library that does not return), or three in a row stalled.',
    todo: 'See whether the cluster (`ceph health detail`) and the pool (`zpool status`) answer, then run the job again.',
    exit: BOTH,
  },
  'diff-missed-change': {
    means:
      'A block that Ceph called unchanged is not what the target has. Nothing was committed: either the diff is wrong, or somebody wrote to the target.',
    todo: 'Run the job with `--full --only IMAGE`, and rebuild the object map (`rbd object-map rebuild`) when `diff: fast` is used.',
    exit: IMAGE,
  },
  'entries-failed': {
    means:
      'Entries of a tree could not be copied; the message names the first of them and says why. Nothing was committed.',
    todo: 'Mend what the message says, and run the job again: it copies what is missing. With `source.on_error: skip` a partial snapshot is made in spite of such entries.',
    exit: IMAGE,
  },
  'entry-name': {
    means:
      'An entry in the top of a tree has a name that the target needs for itself: `.zfs` or `.ceph2zfs.limbo`.',
    todo: 'Rename the entry.',
    exit: IMAGE,
  },
  'nothing-selected': {
    means: 'No image or directory matches the job’s patterns, or `--only`.',
    todo: 'Compare `source.select` with what there is: `rbd ls POOL`, or the directories of the filesystem.',
    exit: RUN,
  },
  'hook-failed': {
    means:
      'A command of `hooks` could not be started, failed, or was killed; the message has all of the last 16 KiB that it said.',
    todo: 'Run the command by hand, with the variables that it expects. After `after_snapshot`: see whether the source is still frozen.',
    exit: BOTH,
  },
  'hook-timeout': {
    means: 'A command of `hooks` took longer than its `timeout`, and was ended.',
    todo: 'Find out what it waited for, or give it more time. After `after_snapshot`: see whether the source is still frozen.',
    exit: BOTH,
  },
  cancelled: {
    means: 'Somebody, or the system, ended the run.',
    todo: 'Run the job again: it continues.',
    exit: '130 or 143',
  },
  'runner-crashed': {
    means: 'The process of the run ended without saying why.',
    todo: 'Run the job again: it continues. If it happens again, report it with the words of the message.',
    exit: RUN,
  },
  unexpected: {
    means: 'An error that ceph2zfs does not know.',
    todo: 'Please report it.',
    exit: '1 or 70',
  },
};

const CEPH: Table<CephErrorCode> = {
  'library-missing': {
    means: 'A client library of Ceph is not installed.',
    todo: '`apt-get install librados2 librbd1 libcephfs2`',
    exit: RUN,
  },
  'conf-unreadable': {
    means: 'The ceph.conf is not there, may not be read, or is none.',
    todo: 'Correct `source.ceph.conf`.',
    exit: RUN,
  },
  'auth-failed': {
    means: 'The cluster does not let the user in: no key, a damaged one, or a wrong one.',
    todo: 'Compare the keyring with `ceph auth get client.USER`; the message names both.',
    exit: RUN,
  },
  'permission-denied': {
    means: 'The user is known, and may not do this.',
    todo: "On RBD: `ceph auth caps client.USER mon 'profile rbd' osd 'profile rbd'`. On CephFS: `ceph fs authorize FS client.USER / rws`. On ZFS: run as root, or `zfs allow`.",
    exit: BOTH,
  },
  'cluster-unreachable': {
    means: 'The monitors do not answer within 30 seconds, or a call that needs them does not.',
    todo: 'See `mon host` in the ceph.conf, the network, and whether the monitors have a quorum.',
    exit: BOTH,
  },
  'client-blocklisted': {
    means: 'The cluster cut this client off.',
    todo: '`ceph osd blocklist ls` shows whether it still is; then run the job again.',
    exit: BOTH,
  },
  'pool-missing': {
    means: 'The pool is not there any more.',
    todo: '`ceph osd pool ls`',
    exit: IMAGE,
  },
  'namespace-missing': {
    means: 'The namespace is not there any more.',
    todo: '`rbd namespace ls POOL`',
    exit: IMAGE,
  },
  'group-missing': {
    means: 'The RBD group is not there any more. The backups of its images are.',
    todo: '`rbd group ls POOL`. When it was removed on purpose, take it out of `source.rbd_groups`.',
    exit: IMAGE,
  },
  'image-missing': {
    means: 'The image is not there any more. Its backups are.',
    todo: '`rbd ls POOL`. When it was removed on purpose, nothing: the next run does not select it.',
    exit: IMAGE,
  },
  'image-replaced': {
    means: 'The image was removed and made again under its name, during the run.',
    todo: 'Run the job again: it backs up the new image beside the old one.',
    exit: IMAGE,
  },
  'image-unsupported': {
    means: 'The image is of format 1, which has no id to know it again by.',
    todo: 'Copy it (`rbd deep cp`), or leave it out of the job.',
    exit: IMAGE,
  },
  'image-too-large': {
    means: 'The image is larger than 8 PiB.',
    todo: 'Leave it out of the job.',
    exit: IMAGE,
  },
  'snapshot-missing': {
    means: 'Somebody removed a snapshot that the transfer needs. Nothing was committed.',
    todo: 'Run the job again: it starts from what is left. Find out who removes our snapshots.',
    exit: IMAGE,
  },
  'snapshot-exists': {
    means: 'Somebody made a snapshot of the same name in the same second.',
    todo: 'Run the job again.',
    exit: IMAGE,
  },
  'snapshot-protected': {
    means: 'An old snapshot of ours has been protected.',
    todo: 'Flatten or remove its clones (`rbd children`), then `rbd snap unprotect`.',
    exit: IMAGE,
  },
  'snapshot-busy': {
    means: 'Clones or another client use the snapshot.',
    todo: 'See `rbd children` and `rbd status`.',
    exit: IMAGE,
  },
  'snapshot-stalled': {
    means:
      'Who has to agree does not answer: the client that owns the image’s exclusive lock, or the MDS.',
    todo: 'See `rbd status` and `rbd lock ls`: the guest may hang. On CephFS: `ceph fs status`.',
    exit: IMAGE,
  },
  'not-primary': {
    means: 'The image is the copy that mirroring makes: it cannot be snapshotted.',
    todo: 'Back it up where it is primary, or `rbd mirror image promote`.',
    exit: IMAGE,
  },
  'read-failed': {
    means: 'Ceph could not read a part of the image, or of a file.',
    todo: 'See `ceph health detail`, then run the job again: it continues.',
    exit: IMAGE,
  },
  'filesystem-missing': {
    means: 'The cluster has no CephFS of this name, no default one, or none that the user may see.',
    todo: 'Compare `source.fs` with `ceph fs ls`.',
    exit: RUN,
  },
  'mds-unavailable': {
    means: 'No MDS of the filesystem answers.',
    todo: 'See `ceph fs status`, then run the job again.',
    exit: BOTH,
  },
  'directory-missing': {
    means:
      'There is nothing at the path of the directory any more, or no directory. Symlinks are not followed.',
    todo: 'When it was removed or renamed on purpose, nothing: the next run does not select it.',
    exit: IMAGE,
  },
  'directory-replaced': {
    means: 'Another directory has come to its path, during the run.',
    todo: 'Run the job again: it backs up the new directory beside the old one.',
    exit: IMAGE,
  },
  'directory-unsupported': {
    means: 'The name of a directory is not UTF-8, so that no pattern can select it.',
    todo: 'Rename it, or select the directory above it: what is in a backup may have any name.',
    exit: IMAGE,
  },
  'snapshots-disabled': {
    means: 'The filesystem allows no new snapshots, or the directory lies inside of a subvolume.',
    todo: '`ceph fs set FS allow_new_snaps true`; of a subvolume, select the subvolume itself.',
    exit: IMAGE,
  },
  'snapshots-full': {
    means: 'The directory has as many snapshots as the MDS allows.',
    todo: 'Remove some of it, or raise `mds_max_snaps_per_dir`.',
    exit: IMAGE,
  },
  'entry-missing': {
    means: 'An entry of a snapshot cannot be found, though nothing can vanish from one.',
    todo: 'Run the job again. If it happens again, see `ceph tell mds.FS:0 damage ls`.',
    exit: IMAGE,
  },
  'ceph-failed': {
    means: 'Anything else that Ceph’s libraries refuse; the message has the call and its errno.',
    todo: 'See `ceph status`.',
    exit: BOTH,
  },
};

const ZFS: Table<Exclude<ZfsErrorCode, 'permission-denied' | 'entry-name'>> = {
  'zfs-missing': {
    means: 'There is no command `zfs` here.',
    todo: 'Install OpenZFS, or run the job where the pool is.',
    exit: RUN,
  },
  'zfs-failed': {
    means: 'A `zfs` command failed; the message has all that it said.',
    todo: 'Run the command that the message shows by hand.',
    exit: BOTH,
  },
  'dataset-missing': {
    means: 'The target dataset does not exist, or went away during the run.',
    todo: '`zfs create` it, import its pool, or correct `target.dataset`.',
    exit: BOTH,
  },
  'dataset-exists': {
    means: 'Something else has the name that a new backup needs.',
    todo: 'Rename or remove it, or give the job another target dataset.',
    exit: IMAGE,
  },
  'dataset-name': {
    means: 'The name of the dataset would be longer than ZFS allows.',
    todo: 'Give the job a target dataset with a shorter name.',
    exit: IMAGE,
  },
  'dataset-kind': {
    means: 'A volume is where a filesystem should be, or the other way round.',
    todo: 'Set `target.dataset` to a filesystem.',
    exit: BOTH,
  },
  'pool-full': {
    means: 'The pool is full, or a quota is used up. What was written up to a checkpoint stays.',
    todo: 'Free space or raise the quota, then run the job again: it continues.',
    exit: IMAGE,
  },
  'key-not-loaded': {
    means: 'The dataset is encrypted, and its key is not loaded.',
    todo: '`zfs load-key DATASET`',
    exit: BOTH,
  },
  'zvol-busy': {
    means: 'Somebody has mounted, mapped or opened the volume that is to be written.',
    todo: '`fuser -v /dev/zvol/DATASET` shows who; use a clone of a snapshot to look into a backup.',
    exit: IMAGE,
  },
  'zvol-device': {
    means: 'The volume’s device does not appear, or is another one.',
    todo: 'See whether udev runs and has the rules of OpenZFS.',
    exit: IMAGE,
  },
  'filesystem-busy': {
    means: 'Somebody has mounted the filesystem that is to be written.',
    todo: '`zfs unmount DATASET`; to look into a backup, mount a snapshot: `mount -t zfs DATASET@SNAPSHOT /mnt`.',
    exit: IMAGE,
  },
  'mount-failed': {
    means: 'The filesystem that is to be written cannot be mounted.',
    todo: 'The message has the call and its errno; see `zpool status` and the kernel’s log.',
    exit: IMAGE,
  },
  'target-busy': {
    means: 'Another run is writing to the same dataset.',
    todo: 'Wait for it to end.',
    exit: '5, or 1 when other images were backed up',
  },
  'target-changed': {
    means: 'Others made snapshots on the target dataset that are in the way.',
    todo: 'Destroy or move what the message names.',
    exit: IMAGE,
  },
  'write-failed': {
    means: 'Writing to the volume or filesystem failed, and not for lack of space.',
    todo: 'See `zpool status` and the kernel’s log, then run the job again: it continues.',
    exit: IMAGE,
  },
  'entry-unwritable': {
    means:
      'A file or directory of a backup cannot be written, as the filesystem stands. Others can.',
    todo: 'The message has the path, the call and its errno.',
    exit: IMAGE,
  },
  'record-invalid': {
    means: 'The properties in which a backup says what it is cannot be read.',
    todo: 'The message names them; `zfs get all DATASET` shows them.',
    exit: IMAGE,
  },
};

const DAEMON: Table<Exclude<DaemonErrorCode, 'unknown-job'> | ClientError['code'] | HttpErrorCode> =
  {
    'job-running': {
      means: 'A run of the job goes on or waits. A job has one at a time.',
      todo: 'Wait for its end, or cancel it.',
      exit: NONE,
    },
    'unknown-run': {
      means: 'There is no such run, or it is over.',
      todo: 'See the status of its job.',
      exit: NONE,
    },
    draining: {
      means: 'The daemon is about to end, and starts no runs any more.',
      todo: 'Ask again when it has been started again.',
      exit: NONE,
    },
    'daemon-running': {
      means: 'Another daemon has the same socket.',
      todo: 'Use that one, or end it. Two daemons need two sockets (`daemon.socket`), and two state directories.',
      exit: RUN,
    },
    'needs-restart': {
      means:
        'The configuration was loaded again, and some of it takes effect with the next start only.',
      todo: '`systemctl restart ceph2zfs`',
      exit: NONE,
    },
    'config-refused': {
      means:
        'The configuration was to be loaded again, and has mistakes; the message names them all. The daemon goes on with the one before.',
      todo: 'Correct the file (`ceph2zfs check`), then `ceph2zfs reload`.',
      exit: RUN,
    },
    'unknown-group': {
      means: 'The machine has no group of the name that `daemon.group` gives.',
      todo: 'Make it (`groupadd --system`), or correct the name.',
      exit: RUN,
    },
    'daemon-unreachable': {
      means: 'No daemon answers on the socket, or you may not use it.',
      todo: 'Start it (`systemctl start ceph2zfs`); to use it be root, or a member of `daemon.group`.',
      exit: RUN,
    },
    'daemon-answer': {
      means: 'What answers on the socket is no daemon of ceph2zfs, or one of another version.',
      todo: 'Name the socket with `--socket`; restart the daemon after an update.',
      exit: RUN,
    },
    'request-invalid': {
      means: 'A request to the daemon has a wrong value; the message says which.',
      todo: 'Correct it; `/v1/openapi.json` describes the API.',
      exit: RUN,
    },
    'not-found': {
      means: 'The daemon knows nothing of this name: no run with such an id, or no such request.',
      todo: 'See `ceph2zfs history`; restart the daemon after an update.',
      exit: RUN,
    },
    'socket-unsafe': {
      means: 'Others may write to the directory of the socket, and could put one of theirs there.',
      todo: 'Set `daemon.socket` to a path in a directory that only root can write to.',
      exit: RUN,
    },
    'notify-failed': {
      means:
        'Somebody whom `notify` names could not be told, three times. Only the host is named, since the rest of a URL may be secret. Backups go on; the problem leaves the status with the next message that arrives.',
      todo: 'Compare the address in `notify` with what is there, and see whether this machine can reach it.',
      exit: NONE,
    },
    'notify-secret': {
      means:
        'A file with a password or headers for `notify` cannot be read, or others may read it.',
      todo: 'Make it a file that its owner can read, and others cannot: `chmod 600 FILE`.',
      exit: NONE,
    },
    'metrics-listen': {
      means:
        'The metrics cannot be served on the address that `daemon.metrics.listen` gives. Backups go on, and it is tried again every minute.',
      todo: 'See who has the port (`ss -ltnp`), and whether the machine has the address; or correct it.',
      exit: NONE,
    },
  };
const STATE: Table<Exclude<StateErrorCode, 'unknown-run'>> = {
  'state-damaged': {
    means:
      'The file in which the daemon keeps what must survive a restart of each job is damaged, or of a newer version. It was renamed, and the daemon goes on with an empty one.',
    todo: 'Pause again what is to be paused. When an older version was started by mistake, stop it and rename the file back.',
    exit: NONE,
  },
  'state-read': {
    means: 'That file is there, and cannot be read.',
    todo: 'The message has the system’s word for why; mend it, and start the daemon again.',
    exit: RUN,
  },
  'state-write': {
    means: 'That file cannot be written.',
    todo: 'Free space, or make its directory writable, as the hint says.',
    exit: RUN,
  },
  'history-damaged': {
    means:
      'The history of runs is damaged, or of a newer version. It was renamed, and a new one was begun. No backup is affected.',
    todo: 'Nothing. The renamed file can be removed, or looked into with `sqlite3`.',
    exit: NONE,
  },
  'history-read': {
    means: 'The history of runs cannot be read. No backup is affected.',
    todo: 'What the hint says.',
    exit: RUN,
  },
  'history-write': {
    means:
      'The history of runs cannot be written. Backups go on; what they tell waits in the daemon’s memory, and is written as soon as that is possible: it is tried again every minute.',
    todo: 'Free space, or make its directory writable, as the hint says.',
    exit: NONE,
  },
  'ambiguous-run': {
    means: 'The ids of several runs begin with what was given. The message names some of them.',
    todo: 'Give more of the id.',
    exit: '2',
  },
};

const PKI: Table<PkiErrorCode> = {
  'pki-argument': {
    means: 'No certificate can have this name or address, or be valid for so many days.',
    todo: 'What the hint says; see [names](pki.md#names).',
    exit: '2',
  },
  'pki-unknown': {
    means: 'No certificate has this name, or all that have it are revoked.',
    todo: 'See `ceph2zfs pki list`; make a certificate with `ceph2zfs pki issue`.',
    exit: '2',
  },
  'pki-missing': {
    means: 'The directory has no certificate authority, or a file of it is gone.',
    todo: 'Make one with `ceph2zfs pki init`, or name its directory with `--dir` or in `CEPH2ZFS_PKI`.',
    exit: RUN,
  },
  'pki-exists': {
    means: 'What was to be made is there already. It was not touched.',
    todo: 'Use `ceph2zfs pki renew` for a newer certificate, and another `--dir` for another authority.',
    exit: RUN,
  },
  'pki-exposed': {
    means:
      'The group or others may use the key of the authority, or write in its directory, so somebody may have made certificates.',
    todo: 'When nobody had the key, `chmod` as the hint says; else make a new authority.',
    exit: RUN,
  },
  'pki-damaged': {
    means:
      'Files of the authority are damaged, do not belong together, or are of a newer version. They were not touched.',
    todo: 'Restore the directory from a backup, or make a new authority.',
    exit: RUN,
  },
  'pki-expired': {
    means: 'The certificate of the authority has ended.',
    todo: 'Make a new authority in another `--dir`, and issue all certificates again.',
    exit: RUN,
  },
  'pki-busy': {
    means: 'Another command has been changing the authority for ten seconds.',
    todo: 'Wait for it to end, then run the command again.',
    exit: '5',
  },
  'pki-failed': {
    means: 'A file of the authority cannot be read or written.',
    todo: 'The message has the system’s word for why; the hint says what to do.',
    exit: RUN,
  },
};

const SINK: Table<Exclude<TransportErrorCode, 'target-busy'> | SinkErrorCode> = {
  'tls-unreadable': {
    means:
      'A file of `tls` (certificate, key, authority, or list of what is revoked) cannot be read.',
    todo: 'Copy the file there, or correct its path; it must be readable for the user that ceph2zfs runs as.',
    exit: RUN,
  },
  'tls-unusable': {
    means:
      'What a file of `tls` holds cannot be used: it is something else, the key does not fit the certificate, others may read the key, or the certificate has expired. The message names the file, and says which.',
    todo: 'Do what the hint says; `ceph2zfs pki renew NAME` makes a new certificate and key. The next run takes them; a sink goes on with what it had, and looks again twice a minute.',
    exit: RUN,
  },
  'sink-unreachable': {
    means:
      'No connection can be made to the sink, or none that lasts. What was sent so far is kept.',
    todo: 'See whether it runs, and whether a firewall is in between; the next run continues.',
    exit: BOTH,
  },
  'sink-certificate': {
    means: 'One side does not accept the other’s certificate; the message says which, and why.',
    todo: 'Compare the files of both sides, the host with the names in the sink’s certificate, and the clocks.',
    exit: BOTH,
  },
  'sink-version': {
    means: 'Both sides speak versions of the protocol that have nothing in common.',
    todo: 'Update ceph2zfs on the side that the hint names.',
    exit: BOTH,
  },
  'sink-answer': {
    means: 'What answers is no sink, or says what this side does not know.',
    todo: 'Compare the URL with where the sink listens, and the versions of both sides.',
    exit: BOTH,
  },
  'session-lost': {
    means:
      'The sink has given up a transfer or a lock: it heard nothing of it for too long, or was started again.',
    todo: 'Run the job again: it continues.',
    exit: BOTH,
  },
  'client-unknown': {
    means: 'The name in the client’s certificate is none of the sink’s clients.',
    todo: 'Add it to the sink’s configuration, or use the certificate of a client that is there.',
    exit: BOTH,
  },
  'not-allowed': {
    means:
      'The sink does not let this client remove snapshots. A run says so with a warning and goes on: all that is there stays. An error it is only when the sink has taken the grant away during the run.',
    todo: 'Leave `keep.target` out and the retention of the target to the sink, or grant it there (`allow: [prune]`).',
    exit: '– or 1',
  },
  'sink-busy': {
    means:
      'A bound of the sink is reached: on memory, connections, transfers or calls of one client.',
    todo: 'Let fewer jobs run at the same time, have fewer transfers in each of them, or give the sink more memory.',
    exit: BOTH,
  },
  'message-invalid': {
    means: 'One side sent what the protocol does not have. Nothing came of it.',
    todo: 'Bring both sides to the same version; if it happens again, report it.',
    exit: BOTH,
  },
  'message-damaged': {
    means: 'Bytes that arrived are not those that were sent. They were thrown away.',
    todo: 'It was sent again. If it happens often, test the memory of both machines.',
    exit: BOTH,
  },
  'sink-listen': {
    means: 'The sink cannot listen on its address. Jobs are run, and it is tried again.',
    todo: 'See who has the port (`ss -ltnp`), and whether the machine has the address; or correct `sink.listen`.',
    exit: NONE,
  },
  'sink-crashed': {
    means:
      'The process of the sink ended without saying why. It is started again by itself; clients continue where they were.',
    todo: 'If it happens again, report it with the words of the message.',
    exit: NONE,
  },
  'name-invalid': {
    means: 'A name would lead out of what the client may see, or is none, or its dataset is gone.',
    todo: 'Run the job again: it looks anew at what is there. Else bring both sides to the same version.',
    exit: BOTH,
  },
};

/** All codes by area, each once, though some come from two areas. That none is missing is a matter of types: a new code fails `npm run check`. */
export const ERROR_CODES = {
  'Command line and configuration': CONFIG,
  Runs: RUNS,
  Daemon: DAEMON,
  'State and history of the daemon': STATE,
  Certificates: PKI,
  Ceph: CEPH,
  ZFS,
  'Push to a sink': SINK,
} as const;
