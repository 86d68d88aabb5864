import type { HookPoint } from '../../core/events.ts';
import type { SourceIdentity } from '../../core/source.ts';
import type { RunCounts, RunOutcome } from '../outcome.ts';

/** The system takes no more than 128 KiB for one variable; in characters. */
const MOST_ERROR_CHARS = 8 * 1024;

/** What a hook is about. */
export type HookSubject =
  | { readonly hook: 'before' }
  | ({
      readonly hook: 'before_snapshot';
      /** Name that the snapshot is to get. */
      readonly snapshot: string;
    } & SnapshotSubject)
  | ({
      readonly hook: 'after_snapshot';
      /** Name of the snapshot, or why there is none. */
      readonly made: { readonly snapshot: string } | { readonly error: string };
    } & SnapshotSubject)
  | { readonly hook: 'after'; readonly outcome: RunOutcome; readonly counts: RunCounts };

export interface SnapshotSubject {
  readonly source: string;
  readonly kind: SourceIdentity['kind'];
  readonly dataset: string;
}

/** Every variable that a hook may get; one that has no meaning for it is not to be inherited either. */
export const HOOK_VARIABLES = [
  'CEPH2ZFS_HOOK',
  'CEPH2ZFS_JOB',
  'CEPH2ZFS_RUN',
  'CEPH2ZFS_DRY_RUN',
  'CEPH2ZFS_SOURCE',
  'CEPH2ZFS_SOURCE_KIND',
  'CEPH2ZFS_DATASET',
  'CEPH2ZFS_SNAPSHOT',
  'CEPH2ZFS_ERROR',
  'CEPH2ZFS_OUTCOME',
  'CEPH2ZFS_SUCCEEDED',
  'CEPH2ZFS_FAILED',
] as const;

type Variables = Readonly<Partial<Record<(typeof HOOK_VARIABLES)[number], string>>>;

/**
 * What a hook is told by its environment. A name with a NUL, which no variable can hold, cannot occur: Ceph, ZFS and
 * the kernel end names at one.
 */
export function hookEnvironment(
  { job, run }: { readonly job: string; readonly run: string },
  subject: HookSubject,
): Variables {
  return {
    CEPH2ZFS_HOOK: subject.hook satisfies HookPoint,
    CEPH2ZFS_JOB: job,
    CEPH2ZFS_RUN: run,
    // With a dry run there are no hooks.
    CEPH2ZFS_DRY_RUN: '0',
    ...ofSubject(subject),
  };
}

function ofSubject(subject: HookSubject): Variables {
  switch (subject.hook) {
    case 'before':
      return {};
    case 'before_snapshot':
      return { ...ofSource(subject), CEPH2ZFS_SNAPSHOT: subject.snapshot };
    case 'after_snapshot':
      return {
        ...ofSource(subject),
        ...('snapshot' in subject.made
          ? { CEPH2ZFS_SNAPSHOT: subject.made.snapshot }
          : { CEPH2ZFS_ERROR: errorText(subject.made.error) }),
      };
    case 'after':
      return {
        CEPH2ZFS_OUTCOME: subject.outcome,
        CEPH2ZFS_SUCCEEDED: String(subject.counts.succeeded),
        CEPH2ZFS_FAILED: String(subject.counts.failed),
      };
  }
}

function ofSource({ source, kind, dataset }: SnapshotSubject): Variables {
  return {
    CEPH2ZFS_SOURCE: source,
    CEPH2ZFS_SOURCE_KIND: kind,
    CEPH2ZFS_DATASET: dataset,
  };
}

/** A message may hold what a program has written, and so anything. */
function errorText(message: string): string {
  return message.replaceAll('\0', '').slice(0, MOST_ERROR_CHARS);
}
