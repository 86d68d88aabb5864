import { afterAll, beforeAll } from 'vitest';
import { describeTreeTarget } from '../contract/tree-target.ts';
import { scribbleFile, treeCatalogOf, treeOf } from '../support/tree-side.ts';
import { makeRoot, snapshotsBySide } from '../support/zfs-side.ts';

// One root for all tests, and a CephFS of another name for each: to make and destroy datasets takes long.
let root: Awaited<ReturnType<typeof makeRoot>>;
let filesystems = 0;
beforeAll(async () => {
  root = await makeRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

describeTreeTarget('filesystems of a real pool', async () => {
  const filesystem = `fs${++filesystems}`;
  return {
    catalog: treeCatalogOf(root.root, { filesystem }),
    otherCatalog: treeCatalogOf(root.root, { filesystem }),
    contents: treeOf,
    scribble: scribbleFile,
    ...snapshotsBySide,
    [Symbol.asyncDispose]: async () => undefined,
  };
});
