import { parseSelectPattern } from '../lib/select.ts';
import { text } from './field.ts';

/** `pool/namespace/image` has three. */
const MOST_SEGMENTS = 3;

export const imagePattern = text(
  'pattern',
  'POOL/IMAGE or POOL/NAMESPACE/IMAGE with *, ?, [a-z] or ** in it; a leading "!" leaves out',
  imagePatternProblem,
);

/** What keeps a pattern from ever matching the name of an image, or null. */
export function imagePatternProblem(pattern: string): string | null {
  return problemOf(pattern, 'image');
}

/** Names of groups are like those of images. */
export const groupPattern = text(
  'pattern',
  'POOL/GROUP or POOL/NAMESPACE/GROUP with *, ?, [a-z] or ** in it; a leading "!" leaves out',
  (pattern) => problemOf(pattern, 'group'),
);

function problemOf(pattern: string, noun: 'image' | 'group'): string | null {
  const result = parseSelectPattern(pattern);
  if (!result.ok) return `${JSON.stringify(pattern)}: ${result.problem}`;
  const { leastSegments, isOpen } = result.value.glob;
  if (leastSegments > MOST_SEGMENTS) {
    return `"${pattern}" matches no ${noun}: names have two or three segments, not ${leastSegments}`;
  }
  if (leastSegments < 2 && !isOpen) {
    return `"${pattern}" matches no ${noun}: it has no "/"; write ${pattern}/* for all ${noun}s of a pool`;
  }
  return null;
}
