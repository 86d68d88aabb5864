import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PathWalk, parsePathGlob, walkPaths } from './path-glob.ts';

function matches(pattern: string, path: string): boolean {
  const glob = parsePathGlob(pattern);
  if (!glob.ok) throw new Error(glob.problem);
  return glob.value.matches(path);
}

describe('parsePathGlob', () => {
  it.each([
    ['/', '/', true],
    ['/', '/a', false],
    ['/a', '/a', true],
    ['/a', 'a', false],
    ['/*', '/', false],
    ['/*', '/a', true],
    ['/*', '/a/b', false],
    ['/**', '/', false],
    ['/**', '/a/b', true],
    ['/a/**/d', '/a/d', true],
    ['/a/**/d', '/a/b/c/d', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it.each([
    ['a/b', 'does not begin with "/"'],
    ['', 'does not begin with "/"'],
    ['/a/', 'ends with "/"'],
    ['//a', 'begins with "/"'],
    ['/a//b', 'contains "//"'],
    ['/[', '"[" has no "]"'],
  ])('refuses %j', (pattern, problem) => {
    expect(parsePathGlob(pattern)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });
});

describe('a walk', () => {
  it('looks for names, and looks at all names only where a pattern has wildcards', () => {
    const walk = walkPaths(['/volumes/*/a', '/home', '/volumes/x']);
    expect(walk).toMatchObject({ isMatch: false, names: ['volumes', 'home'] });
    expect(walk.enter('home')).toMatchObject({ isMatch: true, names: [] });
    expect(walk.enter('other')).toBeNull();
    const volumes = walk.enter('volumes');
    expect(volumes).toMatchObject({ isMatch: false, names: null });
    expect(volumes?.enter('x')).toMatchObject({ isMatch: true, names: ['a'] });
    expect(volumes?.enter('y')).toMatchObject({ isMatch: false, names: ['a'] });
  });

  it('can be of the top alone', () => {
    expect(walkPaths(['/'])).toMatchObject({ isMatch: true, names: [] });
  });

  it('does not grow with the depth', () => {
    let walk: PathWalk | null = walkPaths(['/**/a/**/b/**']);
    for (let depth = 0; depth < 1000; depth++) walk = walk?.enter(depth % 2 ? 'a' : 'b') ?? null;
    expect(walk).toMatchObject({ isMatch: true, names: null });
  });

  it('throws on a pattern that nobody checked', () => {
    expect(() => walkPaths(['a'])).toThrow('invalid path pattern "a"');
  });

  it('finds exactly the paths that a pattern matches', () => {
    const segment = fc.constantFrom('*', 'a', 'b', 'a*', '?', '**');
    const pattern = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const names = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 3 }), names, (patterns, path) => {
        let walk: PathWalk | null = walkPaths(patterns);
        for (const name of path) {
          if (walk?.names?.includes(name) === false) walk = null;
          walk = walk?.enter(name) ?? null;
        }
        const expected = patterns.some((one) => matches(one, `/${path.join('/')}`));
        expect(walk?.isMatch ?? false).toBe(expected);
      }),
    );
  });
});
