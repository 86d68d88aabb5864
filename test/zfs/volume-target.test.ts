import { describeVolumeTarget } from '../contract/volume-target.ts';
import { catalogOf, contents, makeRoot, scribble, snapshotsBySide } from '../support/zfs-side.ts';

describeVolumeTarget('zvols of a real pool', async () => {
  const { root, [Symbol.asyncDispose]: destroy } = await makeRoot();
  const checkpoint = { everyMs: 3_600_000, everyBytes: 1 };
  return {
    catalog: catalogOf(root, { checkpoint, parallel: 1 }),
    otherCatalog: catalogOf(root),
    contents,
    scribble,
    ...snapshotsBySide,
    [Symbol.asyncDispose]: destroy,
  };
});
