import { describe, expect, it } from 'vitest';
import { parseRegex } from './regex.ts';

describe('parseRegex', () => {
  it.each([
    ['T00:', 'c2z_2026-11-23T00:00:00Z', true],
    ['T00:', 'c2z_2026-11-23T01:00:00Z', false],
    ['^2026', 'c2z_2026', false],
    ['-01T', 'c2z_2026-11-01T00:00:00Z', true],
    ['[[0-9]--[2]]$', 'c2z_2', false],
    ['/', 'a/b', true],
    ['//', 'a//b', true],
  ])('reads %s', (source, name, matches) => {
    const result = parseRegex(source);
    expect(result.ok && result.value.test(name)).toBe(matches);
  });

  it.each([
    ['(', 'unterminated group'],
    ['[', 'unterminated character class'],
    ['a{2', 'incomplete quantifier'],
    ['\\-', 'invalid escape'],
    ['[(]', 'invalid character in character class'],
    ['/T00:/', 'leave out the slashes: write T00:'],
    ['/t00:/i', 'leave out the slashes: write t00:'],
  ])('refuses %s', (source, problem) => {
    expect(parseRegex(source)).toEqual({ ok: false, problem });
  });
});
