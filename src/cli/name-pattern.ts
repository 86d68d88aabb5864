import { selectPatternProblem } from '../config/select-pattern.ts';
import { UsageError } from './errors.ts';

/** Checks a pattern from the command line: one glob on names, which takes in. */
export function checkNamePattern(pattern: string): void {
  const problem = pattern.startsWith('!')
    ? `${JSON.stringify(pattern)}: a pattern here cannot leave out`
    : selectPatternProblem(pattern);
  if (problem === null) return;
  throw new UsageError(
    'invalid-pattern',
    `invalid pattern: ${problem}`,
    'A pattern is POOL/IMAGE or POOL/NAMESPACE/IMAGE, with *, ?, [a-z] or ** in it.',
  );
}
