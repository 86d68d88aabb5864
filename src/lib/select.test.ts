import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSelect, parseSelectPattern, selectNames } from './select.ts';

const NAMES = ['rbd/vm-1', 'rbd/vm-2', 'rbd/vm-scratch-1', 'rbd/ns1/vm-1', 'ssd/db'];

describe('selectNames', () => {
  it('lets the last pattern that matches decide', () => {
    const patterns = ['rbd/**', '!rbd/vm-*', 'rbd/vm-2'];
    expect(selectNames(patterns, NAMES).selected).toEqual(['rbd/vm-2', 'rbd/ns1/vm-1']);
  });

  it('selects nothing without a pattern', () => {
    expect(selectNames([], NAMES)).toEqual({ selected: [], unmatched: [] });
  });

  it('tells positive patterns that match no name, and no others', () => {
    const patterns = ['rbd/vm-*', 'hdd/*', '!rbd/vm-1', '!nothing/here'];
    expect(selectNames(patterns, NAMES).unmatched).toEqual(['hdd/*']);
  });

  it('does not call a pattern unmatched because a later one overrides it', () => {
    expect(selectNames(['ssd/db', '!ssd/*'], NAMES)).toEqual({ selected: [], unmatched: [] });
  });

  it('takes a "!" for a character when it is escaped', () => {
    expect(selectNames(['\\!pool/a', 'b/\\!c'], ['!pool/a', 'b/!c']).selected).toHaveLength(2);
  });

  it('takes a pattern that begins with a slash for one of absolute paths', () => {
    const paths = ['/', '/home', '/home/a', '/volumes/x/y'];
    expect(selectNames(['/**', '!/home/*'], paths)).toEqual({
      selected: ['/home', '/volumes/x/y'],
      unmatched: [],
    });
    expect(selectNames(['/', 'home'], paths)).toEqual({ selected: ['/'], unmatched: ['home'] });
  });

  it('throws on a pattern that nobody checked', () => {
    expect(() => compileSelect(['rbd/['])).toThrow('invalid select pattern "rbd/["');
  });
});

describe('select, for any list of patterns', () => {
  const segment = fc.constantFrom('*', 'a', 'b', 'a*', '?');
  const glob = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const pattern = fc.tuple(fc.boolean(), glob).map(([not, text]) => (not ? `!${text}` : text));
  const patterns = fc.array(pattern, { maxLength: 6 });
  const name = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 1, maxLength: 3 });
  const names = fc.uniqueArray(name.map((parts) => parts.join('/')));

  it('keeps the order of the names and invents none', () => {
    fc.assert(
      fc.property(patterns, names, (list, all) => {
        const { selected } = selectNames(list, all);
        expect(selected).toEqual(all.filter((one) => selected.includes(one)));
      }),
    );
  });

  it('a last pattern decides for what it matches and changes nothing else', () => {
    fc.assert(
      fc.property(patterns, pattern, names, (list, last, all) => {
        const parsed = parseSelectPattern(last);
        if (!parsed.ok) throw new Error(parsed.problem);
        const [before, after] = [compileSelect(list), compileSelect([...list, last])];
        for (const one of all) {
          const { glob, isNegative } = parsed.value;
          expect(after(one)).toBe(glob.matches(one) ? !isNegative : before(one));
        }
      }),
    );
  });
});
