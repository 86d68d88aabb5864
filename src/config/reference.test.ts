import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { replaceMarkedPart } from '../lib/marked-part.ts';
import { parseConfig } from './parse.ts';
import { type ReferenceRow, referenceRows, referenceTable } from './reference.ts';
import { Config } from './schema.ts';

const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url).pathname;
const EXAMPLE = new URL('../../docs/examples/full.yaml', import.meta.url).pathname;

const rows = referenceRows(Config);

/** Whether a row is there for jobs of this kind. */
function isOf(kind: 'rbd' | 'cephfs') {
  const other = kind === 'rbd' ? 'cephfs' : 'rbd';
  return ({ kinds }: ReferenceRow) =>
    kinds.every((names) => names.includes(kind) || !names.includes(other));
}

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

it('keys that not all kinds of job have, or have alike, say of which kind they are', () => {
  const kindsOf = (key: string) => rows.filter((row) => row.key === key).map(({ kinds }) => kinds);
  expect(kindsOf('jobs[].name')).toEqual([[]]);
  expect(kindsOf('jobs[].source.type')).toEqual([[]]);
  expect(kindsOf('jobs[].source.select')).toEqual([[['rbd']], [['cephfs']]]);
  expect(kindsOf('jobs[].source.scan.mode')).toEqual([[['cephfs']]]);
  expect(kindsOf('jobs[].checkpoint')).toEqual([[['rbd']]]);
  expect(kindsOf('notify[].on')).toEqual([[['webhook', 'email']]]);
  expect(rows.find(({ key }) => key === 'jobs[].source.type')?.kind).toBe('`rbd` or `cephfs`');
});

it('keys of a target say of which kinds of job and of target they are, and what all have is told once', () => {
  const kindsOf = (key: string) =>
    rows.filter((row) => row.key === `jobs[].target${key}`).map(({ kinds }) => kinds);
  expect(kindsOf('')).toEqual([[]]);
  expect(kindsOf('.type')).toEqual([[]]);
  expect(kindsOf('.dataset')).toEqual([[['zfs']]]);
  expect(kindsOf('.tls.ca')).toEqual([[['sink']]]);
  expect(kindsOf('.compare')).toEqual([[['rbd']]]);
  expect(kindsOf('.properties')).toEqual([
    [['rbd'], ['zfs']],
    [['cephfs'], ['zfs']],
  ]);
  const table = referenceTable(rows);
  expect(table).toContain('| `jobs[].target.properties` (cephfs, zfs) |');
  expect(table).toContain('| `notify[].on` (webhook or email) |');
});

it('rows of one kind stand where they stand among those of that kind', () => {
  const order = (kind: 'rbd' | 'cephfs') => rows.filter(isOf(kind)).map(({ key }) => key);
  expect(order('cephfs').slice(8, 16)).toEqual([
    'jobs[].source.fs',
    'jobs[].source.select',
    'jobs[].source.scan',
    'jobs[].source.scan.mode',
    'jobs[].source.scan.margin',
    'jobs[].source.scan.settle',
    'jobs[].source.scan.full_every',
    'jobs[].source.on_error',
  ]);
  expect(order('rbd').slice(8, 12)).toEqual([
    'jobs[].source.select',
    'jobs[].source.rbd_groups',
    'jobs[].source.diff',
    'jobs[].target',
  ]);
});

it('the full example has every key of every kind of job', async () => {
  const jobs = (await readFile(EXAMPLE, 'utf8')).split(/^ {2}- (?=name:)/m);
  const missing = (['rbd', 'cephfs'] as const).flatMap((kind) => {
    const text = jobs.filter((job, index) => index === 0 || job.includes(`type: ${kind}`)).join('');
    return rows
      .filter(isOf(kind))
      .map(({ key }) => key.split('.').at(-1)?.replace('[]', '') ?? '')
      .filter((name) => !new RegExp(`\\b${name}:`).test(text))
      .map((name) => `${kind}: ${name}`);
  });
  expect(missing).toEqual([]);
});
