import { type Glob, parseGlob } from './glob.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

/**
 * A glob on absolute paths: as {@link parseGlob}, after a slash at the beginning of pattern and path. The
 * pattern `/` matches the path `/` and no other.
 */
export function parsePathGlob(pattern: string): Parsed<Glob> {
  if (pattern === '/') {
    return parsed({ leastSegments: 0, isOpen: false, matches: (path) => path === '/' });
  }
  const glob = pattern.startsWith('/')
    ? parseGlob(pattern.slice(1))
    : notParsed('does not begin with "/"');
  if (!glob.ok) return glob;
  const rest = glob.value;
  return parsed({
    ...rest,
    matches: (path) => path.startsWith('/') && path !== '/' && rest.matches(path.slice(1)),
  });
}

/** Where a walk through directories is, as seen from the patterns that it looks for. */
export interface PathWalk {
  /** Whether a pattern matches the directory itself. */
  readonly isMatch: boolean;
  /** The names of what has to be entered; null when a pattern wants to see all that there are. */
  readonly names: readonly string[] | null;
  /** The same for what has this name in the directory; null when no pattern leads there. */
  enter(name: string): PathWalk | null;
}

/** A walk from `/` to all that at least one of the patterns may match. */
export function walkPaths(patterns: readonly string[]): PathWalk {
  return walkFrom(patterns.map((pattern) => toSteps(pattern)));
}

/** One segment of a pattern. */
type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'glob'; readonly glob: Glob }
  /** Any number of segments: `**`. */
  | { readonly kind: 'span' };

function toSteps(pattern: string): readonly Step[] {
  const glob = parsePathGlob(pattern);
  if (!glob.ok) throw new Error(`invalid path pattern ${JSON.stringify(pattern)}: ${glob.problem}`);
  return pattern === '/' ? [] : pattern.slice(1).split('/').map(toStep);
}

function toStep(segment: string): Step {
  if (segment === '**') return { kind: 'span' };
  if (!/[*?[\\]/.test(segment)) return { kind: 'name', name: segment };
  const glob = parseGlob(segment);
  if (!glob.ok) throw new Error(glob.problem);
  return { kind: 'glob', glob: glob.value };
}

/** `rests` is what each pattern still has to match beneath the directory. */
function walkFrom(rests: readonly (readonly Step[])[]): PathWalk {
  // A `**` that is not the last segment may stand for nothing.
  const all = rests.flatMap((rest) => [rest, ...skips(rest)]);
  const firsts = all.flatMap(([first]) => first ?? []);
  const names = firsts.flatMap((step) => (step.kind === 'name' ? [step.name] : []));
  return {
    isMatch: all.some((rest) => rest.length === 0),
    names: names.length === firsts.length ? [...new Set(names)] : null,
    enter(name) {
      const inside = all.flatMap((rest) => after(rest, name));
      return inside.length === 0 ? null : walkFrom(unique(inside));
    },
  };
}

function skips(rest: readonly Step[]): readonly (readonly Step[])[] {
  if (rest[0]?.kind !== 'span' || rest.length === 1) return [];
  const shorter = rest.slice(1);
  return [shorter, ...skips(shorter)];
}

/** What is left of a pattern beneath `name`; a `**` stays, and one at the end is also done. */
function after(rest: readonly Step[], name: string): readonly (readonly Step[])[] {
  const [first, ...others] = rest;
  if (first === undefined) return [];
  if (first.kind === 'span') return others.length === 0 ? [rest, others] : [rest];
  const isMatch = first.kind === 'name' ? first.name === name : first.glob.matches(name);
  return isMatch ? [others] : [];
}

/** Each rest once: `**` would double them on each level. Steps of one pattern are the same objects. */
function unique(rests: readonly (readonly Step[])[]): readonly (readonly Step[])[] {
  return rests.filter((rest, index) => rests.findIndex((other) => isSame(other, rest)) === index);
}

function isSame(a: readonly Step[], b: readonly Step[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}
