import { parsePathSelectPattern } from '../lib/select.ts';
import { text } from './field.ts';

/** Names that no directory has which could be selected: the last one is where Ceph shows snapshots. */
const NEVER = ['.', '..', '.snap'];

export const directoryPattern = text(
  'pattern',
  'an absolute path such as / or /home/a, with *, ?, [a-z] or ** in it and no "/" at its end; a leading "!" leaves out',
  directoryPatternProblem,
);

/** What keeps a pattern from ever matching the path of a directory, or null. */
export function directoryPatternProblem(pattern: string): string | null {
  const quoted = JSON.stringify(pattern);
  const [sign, path] = pattern.startsWith('!') ? ['!', pattern.slice(1)] : ['', pattern];
  if (path !== '' && !path.startsWith('/')) {
    return `${quoted}: paths begin at the top of the filesystem: write ${sign}/${path}`;
  }
  if (path.includes('//')) return `${quoted}: contains "//"`;
  const never = path.split('/').find((segment) => NEVER.includes(segment));
  if (never !== undefined) return `${quoted} matches no directory: no path has a part "${never}"`;
  const result = parsePathSelectPattern(pattern);
  return result.ok ? null : `${quoted}: ${result.problem}`;
}
