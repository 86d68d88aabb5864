import { expect, it } from 'vitest';
import { parseDays, parseTimeOfDay } from './week-text.ts';

it.each([
  ['00:00', 0],
  ['08:30', 510],
  ['23:59', 1439],
  ['24:00', 1440],
])('%s is minute %i', (text, value) => {
  expect(parseTimeOfDay(text)).toEqual({ ok: true, value });
});

it.each([
  ['8:30', 'write 08:30'],
  ['24:01', 'no clock shows that'],
  ['12:60', 'no clock shows that'],
  ['99:00', 'no clock shows that'],
  ['0830', 'not a time of day'],
  ['08:30:00', 'not a time of day'],
  ['', 'not a time of day'],
])('%j is no time of day', (text, problem) => {
  expect(parseTimeOfDay(text)).toEqual({ ok: false, problem });
});

it.each([
  ['mon', [0]],
  ['mon-fri', [0, 1, 2, 3, 4]],
  ['sat,sun', [5, 6]],
  ['Wed, Mon', [0, 2]],
  ['sat-mon', [0, 5, 6]],
  ['mon-sun', [0, 1, 2, 3, 4, 5, 6]],
  ['mon,mon-tue', [0, 1]],
])('%s are the days %j', (text, value) => {
  expect(parseDays(text)).toEqual({ ok: true, value });
});

it.each([
  ['', '"" is no day of the week'],
  ['monday', '"monday" is no day of the week'],
  ['mon-', '"mon-" is no day of the week'],
  ['mon-tue-wed', '"mon-tue-wed" is no day of the week'],
  ['mon, ,tue', '"" is no day of the week'],
])('%j are none', (text, problem) => {
  expect(parseDays(text)).toEqual({ ok: false, problem });
});
