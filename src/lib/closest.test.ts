import { expect, it } from 'vitest';
import { closest, editDistance } from './closest.ts';

const KEYS = ['name', 'source', 'target', 'timeouts'];

it.each([
  ['nmae', 'name'],
  ['Source', 'source'],
  ['tragets', 'target'],
  ['timeout', 'timeouts'],
  ['colour', null],
  ['x', null],
  ['', null],
  ['a'.repeat(100_000), null],
])('%s most likely meant %s', (word, meant) => {
  expect(closest(word, KEYS)).toBe(meant);
});

it.each([
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['abc', 'ab', 1],
  ['abc', 'xbc', 1],
  ['kitten', 'sitting', 3],
])('%s is %s with %i changes', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});
