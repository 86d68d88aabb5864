import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfig } from './parse.ts';
import { ConfigError, formatProblem } from './problems.ts';

const JOB = 'name: a, source: {type: rbd, select: [a/b]}';
const TARGET = 'target: {type: zfs, dataset: tank/b}';
const NO_HOOKS = { before: [], before_snapshot: [], after_snapshot: [], after: [] };

it('fills in what is left out', () => {
  expect(parseConfig(`jobs: [{${JOB}, ${TARGET}}]`, 'c.yaml')).toEqual({
    jobs: [
      {
        name: 'a',
        source: {
          type: 'rbd',
          ceph: { conf: '/etc/ceph/ceph.conf', user: 'admin' },
          select: ['a/b'],
          diff: 'exact',
        },
        target: { type: 'zfs', dataset: 'tank/b', properties: {}, compare: 'auto' },
        snapshot: { prefix: 'c2z' },
        hooks: NO_HOOKS,
        checkpoint: { every: 60_000, bytes: 8 * 1024 ** 3 },
        verify: { sample: 16 },
        transfers: 1,
        memory: 64 * 1024 ** 2,
        timeouts: { snapshot: 60_000, stall: 900_000 },
        priority: { nice: 0 },
      },
    ],
    notify: [],
    daemon: {
      socket: '/run/ceph2zfs/daemon.sock',
      state: '/var/lib/ceph2zfs',
      runs: 2,
      drain: 30_000,
      history: 400 * 86_400_000,
    },
  });
});

it('fills in what is left out of a job for trees, and nothing that is for images', () => {
  const source = '{type: cephfs, select: [/home]}';
  const [job] = parseConfig(`jobs: [{name: a, source: ${source}, ${TARGET}}]`, 'c.yaml').jobs;
  expect(job).toEqual({
    name: 'a',
    source: {
      type: 'cephfs',
      ceph: { conf: '/etc/ceph/ceph.conf', user: 'admin' },
      fs: 'cephfs',
      select: ['/home'],
      scan: { mode: 'rctime', margin: 600_000, settle: 15_000, full_every: 86_400_000 },
      on_error: 'fail',
    },
    target: { type: 'zfs', dataset: 'tank/b', properties: {} },
    snapshot: { prefix: 'c2z' },
    transfers: 1,
    hooks: NO_HOOKS,
    memory: 64 * 1024 ** 2,
    timeouts: { snapshot: 60_000, stall: 900_000 },
    priority: { nice: 0 },
  });
});

it('fills in what is left out of a sink', () => {
  const target = 'target: {type: sink, url: "https://b", tls: {ca: /a, cert: /c, key: /k}}';
  const trees = 'name: b, source: {type: cephfs, select: [/]}';
  const { jobs } = parseConfig(`jobs: [{${JOB}, ${target}}, {${trees}, ${target}}]`, 'c.yaml');
  const sink = {
    type: 'sink',
    url: 'https://b:8470',
    tls: { ca: '/a', cert: '/c', key: '/k' },
    channels: 4,
    compress: 'auto',
  };
  expect(jobs.map((job) => job.target)).toEqual([{ ...sink, compare: 'auto' }, sink]);
});

it('lets the failure of a hook abort what comes after it, and only then', () => {
  const points = ['before', 'before_snapshot', 'after_snapshot', 'after'] as const;
  const hooks = points.map((point) => `${point}: [{command: [/bin/true, ""]}]`).join(', ');
  const [job] = parseConfig(`jobs: [{${JOB}, ${TARGET}, hooks: {${hooks}}}]`, 'c.yaml').jobs;
  const hook = { command: ['/bin/true', ''], timeout: 60_000 };
  expect(job?.hooks).toEqual({
    before: [{ ...hook, on_failure: 'abort' }],
    before_snapshot: [{ ...hook, on_failure: 'abort' }],
    after_snapshot: [{ ...hook, on_failure: 'continue' }],
    after: [{ ...hook, on_failure: 'continue' }],
  });
});

it('takes sizes of records up to 16M, and gives them to ZFS in bytes', () => {
  const source = '{type: cephfs, select: ["/", "/home/*", "!/home/tmp", "/**/a"]}';
  const target = (size: string) =>
    `target: {type: zfs, dataset: t, properties: {recordsize: ${size}, atime: "on"}}`;
  for (const [size, bytes] of [
    ['4K', '4096'],
    ['16MiB', '16777216'],
  ] as const) {
    const text = `jobs: [{name: a, source: ${source}, ${target(size)}}]`;
    expect(parseConfig(text, 'c.yaml').jobs[0]?.target).toHaveProperty('properties', {
      recordsize: bytes,
      atime: 'on',
    });
  }
});

it('gives properties to ZFS as text, and the block size in bytes', () => {
  const properties = '{volblocksize: 16K, copies: 2, compression: off-by-one, org.x:y: "1"}';
  const text = (value: string) =>
    `jobs: [{${JOB}, target: {type: zfs, dataset: t, properties: ${value}}}]`;
  const { jobs } = parseConfig(text(properties.replace('off-by-one', 'zstd-3')), 'c.yaml');
  expect(jobs[0]?.target).toHaveProperty('properties', {
    volblocksize: '16384',
    copies: '2',
    compression: 'zstd-3',
    'org.x:y': '1',
  });
});

it('lets through properties that it does not know, for newer versions of ZFS', () => {
  const text = `jobs: [{${JOB}, target: {type: zfs, dataset: t, properties: {direct: always}}}]`;
  expect(parseConfig(text, 'c.yaml').jobs[0]?.target).toHaveProperty('properties', {
    direct: 'always',
  });
});

it('follows aliases to where a problem is, and points to where the alias is used', () => {
  const text = [
    'jobs:',
    '  - name: a',
    '    source: &source { type: rbd, select: [a/b], dif: fast }',
    `    ${TARGET}`,
    '  - name: b',
    '    source: *source',
    '    target: { type: zfs, dataset: *source }',
  ].join('\n');
  expect(problemsOf(text)).toEqual([
    'c.yaml:3:49: jobs[0].source.dif: unknown key "dif"; did you mean "diff"? (allowed: type, ceph, select, rbd_groups, diff)',
    'c.yaml:3:49: jobs[1].source.dif: unknown key "dif"; did you mean "diff"? (allowed: type, ceph, select, rbd_groups, diff)',
    expect.stringMatching(
      /^c\.yaml:7:35: jobs\[1\]\.target\.dataset: must be text, but is a mapping/,
    ),
  ]);
});

it('tells each problem once and in the order of the file', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(value, value, (job, source) => {
      const text = JSON.stringify({ jobs: [job, { name: 'a', source }, { name: 'a' }] }, null, 1);
      const problems = problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(new Set(problems).size).toBe(problems.length);
      const lines = problems.map((problem) => Number(problem.split(':')[1]));
      expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    }),
  );
});

it('answers any text with a configuration or a list of problems', () => {
  const unit = fc.constantFrom(...'ab:-[]{}&*!|>"\'#%@`,? \n\t', 'jobs', '<<', '---', '\n  - ');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      expect(problemsOf(text).length).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

function problemsOf(text: string): string[] {
  try {
    parseConfig(text, 'c.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
}
