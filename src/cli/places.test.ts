import { expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { isSamePlace, placesOf, targetText } from './places.ts';

const TARGETS = [
  '{type: zfs, dataset: tank/b}',
  '{type: zfs, dataset: tank/b, properties: {copies: 2}}',
  '{type: zfs, dataset: tank/c}',
  '{type: sink, url: "https://b", tls: {ca: /a, cert: /c, key: /k}}',
  '{type: sink, url: "https://b:8470/", tls: {ca: /a, cert: /c, key: /k}, channels: 2}',
  '{type: sink, url: "https://b", tls: {ca: /a, cert: /other, key: /k}}',
  '{type: sink, url: "https://b:9000", tls: {ca: /a, cert: /c, key: /k}}',
];

const { jobs } = parseConfig(
  `jobs: [${TARGETS.map((target, n) => `{name: j${n}, source: {type: rbd, select: [a/${n}]}, target: ${target}}`).join(',')}]`,
  'c.yaml',
);

it('takes targets for one place by their dataset, or by their sink and who pushes to it', () => {
  const places = placesOf(jobs);
  expect(places.map(targetText)).toEqual([
    'zfs tank/b',
    'zfs tank/c',
    'sink https://b:8470',
    'sink https://b:8470',
    'sink https://b:9000',
  ]);
  for (const { target } of jobs) {
    expect(places.filter((place) => isSamePlace(place, target))).toHaveLength(1);
  }
});
