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
  const result = parseSelectPattern(pattern);
  if (!result.ok) return `${JSON.stringify(pattern)}: ${result.problem}`;
  const { leastSegments, isOpen } = result.value.glob;
  if (leastSegments > MOST_SEGMENTS) {
    return `"${pattern}" matches no image: names have two or three segments, not ${leastSegments}`;
  }
  if (leastSegments < 2 && !isOpen) {
    return `"${pattern}" matches no image: it has no "/"; write ${pattern}/* for all images of a pool`;
  }
  return null;
}
