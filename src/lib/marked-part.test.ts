import { expect, it } from 'vitest';
import { replaceMarkedPart } from './marked-part.ts';

it('replaces what stands between the marks, and nothing else', () => {
  const document = 'a\n<!-- table: made -->\nold\n<!-- /table -->\nb\n';
  const expected = 'a\n<!-- table: made -->\n$1 new\n<!-- /table -->\nb\n';
  expect(replaceMarkedPart(document, 'table', '$1 new')).toBe(expected);
});

it('refuses a document without the marks', () => {
  expect(() => replaceMarkedPart('a', 'table', 'x')).toThrow('no part "table"');
});
