import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { replaceMarkedPart } from '../lib/marked-part.ts';
import { parseConfig } from './parse.ts';
import { referenceRows, referenceTable } from './reference.ts';
import { Config } from './schema.ts';

const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url).pathname;
const EXAMPLE = new URL('../../docs/examples/full.yaml', import.meta.url).pathname;

const rows = referenceRows(Config);

it('docs/configuration.md has the table of all keys', async () => {
  const document = await readFile(DOCUMENT, 'utf8');
  const expected = replaceMarkedPart(document, 'reference', referenceTable(rows));
  // To rewrite it: npx vitest run src/config --update
  await expect(expected).toMatchFileSnapshot(DOCUMENT);
});

it('every key has a description', () => {
  expect(rows.filter(({ description }) => description === '')).toEqual([]);
});

it('defaults are what the table says', () => {
  const config = parseConfig(
    'jobs: [{name: a, source: {type: rbd, select: [a/b]}, target: {type: zfs, dataset: t}}]',
    'c.yaml',
  );
  const fallback = (key: string) => rows.find((row) => row.key === key)?.fallback;
  expect(config.jobs[0]?.memory).toBe(64 * 1024 ** 2);
  expect(fallback('jobs[].memory')).toBe('`64MiB`');
  expect(config.jobs[0]?.source.ceph.keyring).toBe(undefined);
  expect(fallback('jobs[].source.ceph.keyring')).toBe('none');
  expect(fallback('jobs[].name')).toBe(null);
});

it('the full example has every key', async () => {
  const text = await readFile(EXAMPLE, 'utf8');
  const missing = rows
    .map(({ key }) => key.split('.').at(-1)?.replace('[]', '') ?? '')
    .filter((name) => !new RegExp(`\\b${name}:`).test(text));
  expect(missing).toEqual([]);
});
