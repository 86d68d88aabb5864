import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGlob } from './glob.ts';

/** Any character; fast-check's own unit takes seconds to set up. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

describe('a glob', () => {
  it.each([
    ['rbd/vm', 'rbd/vm', true],
    ['rbd/vm', 'rbd/VM', false],
    ['rbd/*', 'rbd/vm', true],
    ['rbd/*', 'rbd/.hidden', true],
    ['rbd/*', 'rbd/..', true],
    ['rbd/*', 'rbd/two\nlines', true],
    ['rbd/*', 'rbd/ns/vm', false],
    ['rbd/*/*', 'rbd/ns/vm', true],
    ['rbd/**', 'rbd/vm', true],
    ['rbd/**', 'rbd/ns/vm', true],
    ['rbd/**', 'rbd', false],
    ['rbd/**', 'rbdx/vm', false],
    ['**/vm', 'rbd/vm', true],
    ['**/vm', 'rbd/ns/vm', true],
    ['rbd/**/vm', 'rbd/vm', true],
    ['rbd/**/vm', 'rbd/ns/vm', true],
    ['rbd/**/vm', 'rbd/nsvm', false],
    ['**', 'rbd/two\nlines', true],
    ['rbd/vm-?', 'rbd/vm-1', true],
    ['rbd/vm-?', 'rbd/vm-12', false],
    ['rbd/?', 'rbd/😀', true],
    ['rbd?vm', 'rbd/vm', false],
    ['rbd/[a-c]', 'rbd/b', true],
    ['rbd/[a-c]', 'rbd/d', false],
    ['rbd/[!a-c]', 'rbd/d', true],
    ['rbd/[^a-c]', 'rbd/b', false],
    ['rbd[!a]vm', 'rbd/vm', false],
    ['rbd[.-0]vm', 'rbd/vm', false],
    ['rbd/[a-]', 'rbd/-', true],
    ['rbd/[\\]]', 'rbd/]', true],
    ['rbd/[\\d]', 'rbd/d', true],
    ['rbd/[\\d]', 'rbd/5', false],
    ['rbd/[ä-ü]', 'rbd/ö', true],
    ['rbd/\\[a\\]', 'rbd/[a]', true],
    ['rbd/\\*', 'rbd/*', true],
    ['rbd/\\*', 'rbd/x', false],
    ['rbd/\\d', 'rbd/5', false],
    ['rbd/\\!x', 'rbd/!x', true],
    ['rbd/a]', 'rbd/a]', true],
    ['rbd/"a"', 'rbd/"a"', true],
    ['rbd/(a|b)', 'rbd/a', false],
    ['rbd/(a|b)', 'rbd/(a|b)', true],
    ['rbd/{a,b}', 'rbd/{a,b}', true],
    ['rbd/+(a)', 'rbd/aa', false],
    ['rbd/a.c', 'rbd/abc', false],
    ['rbd/a$^', 'rbd/a$^', true],
  ])('%j on %j: %s', (pattern, name, expected) => {
    const glob = parseGlob(pattern);
    expect(glob.ok && glob.value.matches(name)).toBe(expected);
    expect(glob.ok).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['/a', 'begins with "/"'],
    ['a/', 'ends with "/"'],
    ['a//b', 'contains "//"'],
    ['a/b**', '"**" must stand alone between slashes'],
    ['a/***', '"**" must stand alone between slashes'],
    ['a/[b', '"[" has no "]": write "\\[" for the character itself'],
    ['a/[b/c]', '"[" has no "]": write "\\[" for the character itself'],
    ['a/[]', '"[]" matches nothing'],
    ['a/[!]', '"[]" matches nothing'],
    ['a/[c-a]', 'the range c-a is backwards'],
    ['a/[a-c-e]', '"-" in a class has a range on its left'],
    ['a/b\\', 'ends with a "\\" that escapes nothing'],
    ['a\\/b', '"/" cannot be escaped: no name contains it'],
  ])('%j is refused', (pattern, problem) => {
    expect(parseGlob(pattern)).toEqual({ ok: false, problem });
  });

  it('with every character escaped matches its name and no other', () => {
    const name = fc
      .string({ unit: anyCharacter, minLength: 1 })
      .filter((text) => !text.includes('/'));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const glob = parseGlob([...one].map((char) => `\\${char}`).join(''));
        expect(glob.ok && glob.value.matches(one)).toBe(true);
        expect(glob.ok && glob.value.matches(other)).toBe(one === other);
      }),
    );
  });

  it('reads any text without throwing', () => {
    const any = fc.string({ unit: fc.constantFrom(...'ab/*?[]!^-\\(){}|+.$"\'😀\n') });
    fc.assert(
      fc.property(any, any, (pattern, name) => {
        const glob = parseGlob(pattern);
        expect(glob.ok ? typeof glob.value.matches(name) : glob.problem).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with a matcher that tries everything', () => {
    const segment = fc.string({ unit: fc.constantFrom('a', 'b', '?', '*'), minLength: 1 });
    const part = fc.oneof(
      segment.filter((text) => !text.includes('**')),
      fc.constant('**'),
    );
    const name = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), name, (pattern, segments) => {
        const glob = parseGlob(pattern.join('/'));
        const matches = glob.ok && glob.value.matches(segments.join('/'));
        expect(matches).toBe(segmentsMatch(pattern, segments));
      }),
      { numRuns: 2000 },
    );
  });
});

function segmentsMatch(pattern: readonly string[], name: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return name.length === 0;
  if (first !== '**') {
    return (
      name[0] !== undefined && textMatches(first, name[0]) && segmentsMatch(rest, name.slice(1))
    );
  }
  if (rest.length === 0) return name.length > 0;
  return segmentsMatch(rest, name) || (name.length > 0 && segmentsMatch(pattern, name.slice(1)));
}

function textMatches(pattern: string, text: string): boolean {
  const rest = pattern.slice(1);
  if (pattern === '') return text === '';
  if (pattern[0] === '*') {
    return textMatches(rest, text) || (text !== '' && textMatches(pattern, text.slice(1)));
  }
  return (
    (pattern[0] === '?' ? text !== '' : text[0] === pattern[0]) && textMatches(rest, text.slice(1))
  );
}
