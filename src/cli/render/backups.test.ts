import { expect, it } from 'vitest';
import { backupLines, type JobDataset } from './backups.ts';

const DATASET: JobDataset = {
  job: 'vms',
  client: null,
  sink: null,
  kind: 'rbd',
  filesystem: null,
  group: null,
  source: 'rbd/vm-1',
  dataset: 'tank/b/rbd/rbd/vm-1',
  used: 3 * 2 ** 30,
  unfinished: null,
  snapshots: [
    {
      name: 'c2z_2026-11-22T14:00:00Z',
      createdAt: Date.UTC(2026, 10, 22, 14, 0, 5),
      sourceSize: 2 ** 33,
      written: 2 ** 31,
      referenced: 2 ** 31,
      base: null,
      skipped: 0,
      held: false,
    },
    {
      name: 'c2z_2026-11-23T14:00:00Z',
      createdAt: Date.UTC(2026, 10, 23, 14, 0, 5),
      sourceSize: 2 ** 33,
      written: 5 * 2 ** 20,
      referenced: 2 ** 31,
      base: 'c2z_2026-11-22T14:00:00Z',
      skipped: 0,
      held: false,
    },
  ],
};

it('shows the snapshots of each source', () => {
  expect(backupLines([DATASET])).toEqual([
    'rbd/vm-1: tank/b/rbd/rbd/vm-1, job vms, 2 snapshots, 3.0 GiB used',
    '  TIME                  SNAPSHOT                     SIZE  WRITTEN  TRANSFER',
    '  2026-11-22 14:00:05Z  c2z_2026-11-22T14:00:00Z  8.0 GiB  2.0 GiB  full',
    '  2026-11-23 14:00:05Z  c2z_2026-11-23T14:00:00Z  8.0 GiB  5.0 MiB  incremental',
  ]);
});

it('tells of transfers that were cut off and of sources that no job selects', () => {
  const entry = { ...DATASET, job: null, unfinished: { offset: 2 ** 30 }, snapshots: [] };
  expect(backupLines([entry])).toEqual([
    'rbd/vm-1: tank/b/rbd/rbd/vm-1, no job selects it, 0 snapshots, 3.0 GiB used, unfinished transfer up to 1.0 GiB',
  ]);
});

it('tells who pushed it to the sink of this machine', () => {
  const entry = { ...DATASET, job: null, client: 'pve-1', snapshots: [] };
  expect(backupLines([entry])).toEqual([
    'rbd/vm-1: tank/b/rbd/rbd/vm-1, pushed by pve-1, 0 snapshots, 3.0 GiB used',
  ]);
});

it('shows which snapshots lack something', () => {
  const [whole, ...rest] = DATASET.snapshots;
  if (whole === undefined) throw new Error('no snapshot');
  const snapshots = [whole, ...rest.map((snapshot) => ({ ...snapshot, skipped: 2 }))];
  const lines = backupLines([
    { ...DATASET, kind: 'cephfs', filesystem: 'cephfs', source: '/home', snapshots },
  ]);
  expect(lines[0]).toBe(
    '/home: tank/b/rbd/rbd/vm-1, job vms, 2 snapshots, 3.0 GiB used, 1 PARTIAL',
  );
  expect(lines[2]).toMatch(/full$/);
  expect(lines[3]).toMatch(/incremental, PARTIAL: 2 entries could not be copied$/);
});

it('says at which sink a dataset is', () => {
  const sink = 'https://backup.example.org:8470';
  expect(backupLines([{ ...DATASET, sink, snapshots: [] }])).toEqual([
    'rbd/vm-1: tank/b/rbd/rbd/vm-1 at https://backup.example.org:8470, job vms, 0 snapshots, 3.0 GiB used',
  ]);
});

it('says so when there is nothing', () => {
  expect(backupLines([])).toEqual(['no backups']);
});
