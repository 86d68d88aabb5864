import { z } from 'zod';
import { directoryPattern } from './directory-pattern.ts';
import { choice, duration, field } from './field.ts';
import { groupPattern, imagePattern } from './image-pattern.ts';
import { absolutePath, cephUser, filesystemName } from './names.ts';

/** How a Ceph cluster is reached. */
const CephAccess = z
  .strictObject({
    conf: field(absolutePath, "The cluster's configuration file.").prefault('/etc/ceph/ceph.conf'),
    user: field(cephUser, 'Ceph user, without `client.`.').prefault('admin'),
    keyring: field(
      absolutePath,
      'Keyring file; by default where the cluster configuration says.',
    ).optional(),
  })
  .readonly()
  .prefault({})
  .describe('How the cluster is reached.');

const TYPE = 'What is backed up.';

/** RBD images that a job backs up. */
export const RbdSource = z
  .strictObject({
    type: field(choice(['rbd']), TYPE),
    ceph: CephAccess,
    select: z
      .array(field(imagePattern, 'A pattern.'))
      .min(1)
      .readonly()
      .optional()
      .describe(
        'Patterns on `POOL/IMAGE` and `POOL/NAMESPACE/IMAGE`; the last one that matches an image decides, and one with a leading `!` leaves it out. May be left out where there is `rbd_groups`.',
      ),
    rbd_groups: z
      .array(field(groupPattern, 'A pattern.'))
      .min(1)
      .readonly()
      .optional()
      .describe(
        'Patterns on the RBD groups `POOL/GROUP` and `POOL/NAMESPACE/GROUP`. All images of a group that they select are backed up, from one snapshot of the group.',
      ),
    diff: field(
      choice(['exact', 'fast']),
      'How changes are found: `exact` asks each object for its changed extents; `fast` trusts the object map (needs the features `object-map` and `fast-diff`) and takes whole objects.',
    ).prefault('exact'),
  })
  .superRefine(checkSelects)
  .readonly();

function checkSelects(
  source: { readonly select?: unknown; readonly rbd_groups?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (source.select !== undefined || source.rbd_groups !== undefined) return;
  const params = { at: 'key', allowed: 'a list; may be left out where there is rbd_groups' };
  context.addIssue({ code: 'custom', message: 'missing', path: ['select'], params });
}

/** Directories of a CephFS that a job backs up, each with all that is beneath it. */
export const CephfsSource = z
  .strictObject({
    type: field(choice(['cephfs']), TYPE),
    ceph: CephAccess,
    fs: field(filesystemName, 'Name of the filesystem in the cluster (`ceph fs ls`).').prefault(
      'cephfs',
    ),
    select: z
      .array(field(directoryPattern, 'A pattern.'))
      .min(1)
      .readonly()
      .describe(
        'Patterns on absolute paths of directories, each of which is backed up with all that is beneath it; the last one that matches a directory decides, and one with a leading `!` leaves it out.',
      ),
    scan: z
      .strictObject({
        mode: field(
          choice(['rctime', 'full']),
          'How changes are found: `rctime` leaves out directories in which, by their recursive change time, nothing changed since the base; `full` looks at every entry each time.',
        ).prefault('rctime'),
        margin: field(
          duration('0s'),
          'By how much the clocks of clients may be slow: only what changed longer than this before the base is left out.',
        ).prefault('10m'),
        settle: field(
          duration('0s', '1h'),
          'How old a snapshot must be before it is looked at: until then change times are on their way to the upper directories, and the last writes to the MDS.',
        ).prefault('15s'),
        full_every: field(
          duration('1m'),
          'With `mode: rctime`: the first run that begins this long after the last full scan looks at every entry again.',
        ).prefault('1d'),
      })
      .readonly()
      .prefault({})
      .describe('How changes are looked for.'),
    on_error: field(
      choice(['fail', 'skip']),
      'What becomes of a backup of which some entries cannot be copied: `fail` makes none; `skip` makes a partial one, and tells what it lacks.',
    ).prefault('fail'),
  })
  .readonly();
