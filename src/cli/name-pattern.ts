import { directoryPatternProblem } from '../config/directory-pattern.ts';
import { imagePatternProblem } from '../config/image-pattern.ts';
import type { Job } from '../config/schema.ts';
import { UsageError } from './errors.ts';

/** What a kind of source says of a pattern, and how its patterns are written. */
const KINDS = {
  rbd: {
    problem: imagePatternProblem,
    hint: 'A pattern is POOL/IMAGE or POOL/NAMESPACE/IMAGE, with *, ?, [a-z] or ** in it.',
  },
  cephfs: {
    problem: directoryPatternProblem,
    hint: 'A pattern is an absolute path of directories, such as /home/*, with *, ?, [a-z] or ** in it.',
  },
} as const satisfies Record<Job['source']['type'], unknown>;

/**
 * Checks a pattern from the command line: one glob on names of sources, which takes in. Where the kind
 * of source is not known, a slash at the beginning tells it.
 */
export function checkNamePattern(
  pattern: string,
  type: Job['source']['type'] = pattern.startsWith('/') ? 'cephfs' : 'rbd',
): void {
  const { problem: problemOf, hint } = KINDS[type];
  const problem = pattern.startsWith('!')
    ? `${JSON.stringify(pattern)}: a pattern here cannot leave out`
    : problemOf(pattern);
  if (problem !== null) {
    throw new UsageError('invalid-pattern', `invalid pattern: ${problem}`, hint);
  }
}
