import { beforeEach, expect, it, vi } from 'vitest';
import { connectFilesystem } from './connect.ts';

const fake = vi.hoisted(() => ({ steps: [] as string[], cluster: {}, mount: {} }));

vi.mock('../ceph/connect.ts', () => ({ connectCluster: () => Promise.resolve(fake.cluster) }));
vi.mock('./filesystems.ts', () => ({
  findFilesystem: () => Promise.resolve({ name: 'fs', id: 1 }),
}));
vi.mock('../../native/cephfs-mount.ts', () => ({
  Mount: { open: () => Promise.resolve(fake.mount) },
}));

/** What closing does is written down. */
function closing(what: string) {
  return {
    [Symbol.asyncDispose]: () => {
      fake.steps.push(what);
      return Promise.resolve();
    },
  };
}

function refuse(message: string) {
  return () => {
    throw new Error(message);
  };
}

beforeEach(() => {
  fake.steps.length = 0;
  fake.cluster = closing('cluster');
});

it('closes the mount, then the cluster, when it cannot go on with them', async () => {
  const defaultDataPool = refuse('no pool');
  fake.mount = { ...closing('mount'), filesystemId: () => 1, defaultDataPool };
  await expect(connectFilesystem({ conf: 'c', user: 'u' })).rejects.toThrow('no pool');
  expect(fake.steps).toEqual(['mount', 'cluster']);
});

it.each([
  ['is not the one that was looked for', () => 2],
  ['does not tell which it is', refuse('no id')],
])('closes a mount that %s', async (_, filesystemId) => {
  fake.mount = { ...closing('mount'), filesystemId };
  await expect(connectFilesystem({ conf: 'c', user: 'u' })).rejects.toThrow('cannot mount');
  expect(fake.steps).toEqual(['mount', 'cluster']);
});
