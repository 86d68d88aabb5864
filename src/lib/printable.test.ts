import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

/** Any character; fast-check's own unit takes seconds to set up. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

const anyText = fc.string({ unit: anyCharacter });

it('leaves ordinary text of any script alone', () => {
  expect(printable('vm-1 "ä" 日本 😀')).toBe('vm-1 "ä" 日本 😀');
});

it.each([
  ['\u001b[31m', '\\x1b[31m'],
  ['a\nb\tc\r', 'a\\nb\\tc\\x0d'],
  ['\u009b2J', '\\x9b2J'],
  ['\u202edab', '\\u202edab'],
  ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
  ['\ud800', '\\ud800'],
])('escapes %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('keeps the lines of a text apart', () => {
  expect(printableLines('a\r\nb\u0007\n\n')).toEqual(['a', 'b\\x07']);
});

it('JSON that can be shown means the same', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (value) => {
      const json = printableJson(value);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(printable(json)).toBe(json);
    }),
  );
});
