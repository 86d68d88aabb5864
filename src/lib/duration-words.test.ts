import { expect, it } from 'vitest';
import { durationInWords } from './duration-words.ts';

it.each([
  [0, '0 seconds'],
  [1500, '1500 milliseconds'],
  [1000, '1 second'],
  [900_000, '15 minutes'],
  [5_400_000, '90 minutes'],
  [3_600_000, '1 hour'],
  [172_800_000, '2 days'],
])('%i ms are %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});
