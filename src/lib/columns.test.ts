import fc from 'fast-check';
import { expect, it } from 'vitest';
import { columnsOf, formatTable, padEnd, padStart, shorten } from './columns.ts';

it.each([
  ['', 0],
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['👍🏽', 2],
])('%j takes %i columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

it('pads to columns, not to characters', () => {
  expect([padEnd('日', 4), padStart('日', 4), padEnd('long', 2)]).toEqual(['日  ', '  日', 'long']);
});

it.each([
  ['rbd/vm-1', 8, 'rbd/vm-1'],
  ['rbd/database-17', 9, 'rbd/…e-17'],
  ['日本語日本語', 7, '日…本語'],
  ['ab', 1, '…'],
  ['ab', 0, ''],
])('shortens %j to %i columns', (text, columns, expected) => {
  expect(shorten(text, columns)).toBe(expected);
});

it('never makes a text longer than asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
      expect(columnsOf(shorten(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

it('makes a table with aligned columns and no blanks at the end', () => {
  const columns = [
    { title: 'NAME', align: 'left' },
    { title: 'SIZE', align: 'right' },
    { title: 'MODE', align: 'left' },
  ] as const;
  expect(
    formatTable(columns, [
      ['a', '1', 'full'],
      ['long name', '1024', ''],
    ]),
  ).toEqual(['NAME       SIZE  MODE', 'a             1  full', 'long name  1024']);
});
