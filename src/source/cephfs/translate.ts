import { type ErrorContext, translate, translating } from '../ceph/translate.ts';

/** What errno values mean wherever a CephFS is concerned. */
const MEANINGS = {
  EROFS: ['permission-denied', 'the Ceph user may only read'],
  ENOTDIR: ['directory-missing', 'it is no directory'],
  ETIMEDOUT: ['mds-unavailable', 'no MDS answers'],
  ENOTCONN: ['mds-unavailable', 'there is no connection to an MDS'],
} as const satisfies ErrorContext['meanings'];

const HINTS = {
  'permission-denied':
    'Let the Ceph user read everything and make snapshots: `ceph fs authorize FS client.USER / rws`.',
  'snapshot-stalled': 'An MDS does not answer: see `ceph fs status` and `ceph health detail`.',
  'read-failed':
    'See `ceph health detail` and `ceph tell mds.FS:0 damage ls`: an object or the metadata may be damaged.',
} as const satisfies ErrorContext['hints'];

/** As `translate` of the neighbouring folder, with what is special about a CephFS. */
export function translateCephfs(error: unknown, context: ErrorContext): unknown {
  return translate(error, cephfsContext(context));
}

/** As `translating` of the neighbouring folder, with what is special about a CephFS. */
export function translatingCephfs<Result>(
  context: ErrorContext,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  return translating(cephfsContext(context), work);
}

function cephfsContext(context: ErrorContext): ErrorContext {
  return {
    ...context,
    meanings: { ...MEANINGS, ...context.meanings },
    hints: { ...HINTS, ...context.hints },
  };
}

/** The hint for a code, where a CephFS has one of its own. */
export function cephfsHint(code: keyof typeof HINTS): string {
  return HINTS[code];
}
