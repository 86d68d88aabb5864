import { expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { placesOf, targetText } from './places.ts';

const TARGETS = [
  '{type: zfs, dataset: tank/b}',
  '{type: zfs, dataset: tank/b, properties: {copies: 2}}',
  '{type: zfs, dataset: tank/c}',
  '{type: sink, url: "https://b", tls: {ca: /a, cert: /c, key: /k}}',
  '{type: sink, url: "https://b:8470/", tls: {ca: /a, cert: /c, key: /k}, channels: 2}',
  '{type: sink, url: "https://b", tls: {ca: /a, cert: /other, key: /k}}',
  '{type: sink, url: "https://b:9000", tls: {ca: /a, cert: /c, key: /k}}',
];

const SINK =
  '{listen: "[::]:8470", tls: {ca: /a, cert: /c, key: /k}, clients: {pve-1: {dataset: tank/pve-1}, pve-2: {dataset: tank/pve-2}}}';

const config = parseConfig(
  `jobs: [${TARGETS.map((target, n) => `{name: j${n}, source: {type: rbd, select: [a/${n}]}, target: ${target}}`).join(',')}]\nsink: ${SINK}`,
  'c.yaml',
);

it('takes targets for one place by their dataset, or by their sink and who pushes to it', () => {
  const places = placesOf(config).filter(({ client }) => client === null);
  expect(places.map(({ target, jobs }) => [targetText(target), jobs.length])).toEqual([
    ['zfs tank/b', 2],
    ['zfs tank/c', 1],
    ['sink https://b:8470', 2],
    ['sink https://b:8470', 1],
    ['sink https://b:9000', 1],
  ]);
});

it('has what clients push to the sink of this machine', () => {
  const places = placesOf(config).filter(({ client }) => client !== null);
  expect(places).toEqual([
    { client: 'pve-1', jobs: [], target: { type: 'zfs', dataset: 'tank/pve-1' } },
    { client: 'pve-2', jobs: [], target: { type: 'zfs', dataset: 'tank/pve-2' } },
  ]);
});
