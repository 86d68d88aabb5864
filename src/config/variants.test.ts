import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { variants } from './variants.ts';

const Shape = variants('shape', ['form', 'type'], {
  circle: z.strictObject({
    form: z.strictObject({ type: z.literal('circle') }),
    radius: z.number(),
  }),
  square: z.strictObject({
    form: z.strictObject({ type: z.literal('square') }),
    side: z.number(),
    name: z.string().optional(),
  }),
});

const problems = (value: unknown) =>
  (z.array(Shape).safeParse([value]).error?.issues ?? []).map(({ code, path, message }) => ({
    code,
    path: path.join('.'),
    message,
  }));

describe('a mapping whose keys depend on its kind', () => {
  it('is read as its kind says', () => {
    const circle = { form: { type: 'circle' }, radius: 1 };
    expect(z.array(Shape).parse([circle])).toEqual([circle]);
  });

  it('is told the problems of its kind, with their whole paths', () => {
    expect(problems({ form: { type: 'circle' }, radius: 'x', side: 1 })).toEqual([
      expect.objectContaining({ code: 'invalid_type', path: '0.radius' }),
      expect.objectContaining({ code: 'unrecognized_keys', path: '0' }),
    ]);
  });

  it.each([
    [{ form: {} }, 'missing'],
    [{ form: { type: null } }, 'has no value'],
    [{ form: { type: 'toString' } }, '"toString" is not known'],
    [{ form: { type: 'triangle' }, radius: 'x' }, '"triangle" is not known'],
    [{ form: { type: 'triangle' }, name: 1 }, '"triangle" is not known'],
  ])('%j is told nothing that only one kind minds', (value, message) => {
    expect(problems(value)).toEqual([{ code: 'custom', path: '0.form.type', message }]);
  });

  it('is told what all kinds mind, also while its kind is unknown', () => {
    expect(problems({ form: { type: 'triangle', kind: 1 }, colour: 1, side: 1 })).toEqual([
      { code: 'custom', path: '0.form.type', message: '"triangle" is not known' },
      expect.objectContaining({ code: 'unrecognized_keys', path: '0.form' }),
      expect.objectContaining({ code: 'unrecognized_keys', path: '0' }),
    ]);
  });

  it.each([[[]], ['x'], [null], [{ form: 'circle' }], [{}]])(
    '%j has no place for a kind, and is not told that it is missing',
    (value) => {
      expect(problems(value).map(({ code }) => code)).toEqual(['invalid_type']);
    },
  );
});
