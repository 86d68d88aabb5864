import { expect, it } from 'vitest';
import {
  ceph2zfs,
  freshDataset,
  freshImage,
  mustRun,
  onCeph,
  onZfs,
  removeImage,
  sourceHash,
  targetHash,
  targetSnapshots,
  writeConfig,
} from '../support/lab.ts';
import { createRandom } from '../support/random.ts';
import { openWriter } from '../support/rbd-writer.ts';

const MIB = 1024 * 1024;
const SIZE = 16 * MIB;
const GROUP = 'rbd/shop';
const IMAGES = ['shop-data', 'shop-log'];
const INCREMENTS = 2;

it('backs up the images of a group from one snapshot, each time exact, and leaves but the base on the source', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  const root = await freshDataset('groups');
  await onCeph('bash', '-c', 'rbd group rm --no-progress "$1" 2>/dev/null || true', 'group', GROUP);
  await onCeph('rbd', 'group', 'create', GROUP);
  for (const image of IMAGES) {
    await freshImage(`rbd/${image}`, '--size', '16M');
    await onCeph('rbd', 'group', 'image', 'add', GROUP, `rbd/${image}`);
  }
  const source = `rbd_groups: ["${GROUP}"]`;
  const config = await writeConfig({ name: 'groups', dataset: root, source });

  const known = new Map<string, string>();
  for (let run = 0; run <= INCREMENTS; run++) {
    for (const image of IMAGES) {
      await using writer = await openWriter('rbd', '', image);
      for (let change = 0; change < 10; change++) {
        const length = random.between(1, 500_000);
        const offset = random.between(0, SIZE - length);
        if (random.next() < 0.3) await writer.discard(offset, length);
        else await writer.write(offset, Buffer.alloc(length, random.between(0, 255)));
      }
    }
    await mustRun('groups', config);
    const newest = new Set<string | undefined>();
    for (const image of IMAGES) {
      const dataset = `${root}/rbd/rbd/${image}`;
      const snapshots = await targetSnapshots(dataset);
      expect(snapshots).toHaveLength(run + 1);
      newest.add(snapshots.at(-1));
      // Nobody has written since: it is what the image is now.
      known.set(`${dataset}@${snapshots.at(-1)}`, await sourceHash(`rbd/${image}`));
    }
    expect([...newest]).toHaveLength(1);
    expect(await groupSnapshots()).toEqual([...newest]);
  }
  for (const [snapshot, hash] of known) {
    const [dataset = '', name = ''] = snapshot.split('@');
    expect(`${snapshot} ${await targetHash(dataset, name, SIZE)}`).toBe(`${snapshot} ${hash}`);
  }
  const { stdout } = await ceph2zfs('list', '--config', config);
  for (const image of IMAGES)
    expect(stdout).toMatch(new RegExp(`^rbd/${image}: .*, job groups, `, 'm'));

  for (const snapshot of await groupSnapshots()) {
    await onCeph('rbd', 'group', 'snap', 'rm', `${GROUP}@${snapshot}`);
  }
  await onCeph('rbd', 'group', 'rm', GROUP);
  for (const image of IMAGES) await removeImage(`rbd/${image}`);
  await onZfs('zfs', 'destroy', '-R', root);
});

async function groupSnapshots(): Promise<readonly string[]> {
  const listed = await onCeph('rbd', 'group', 'snap', 'ls', GROUP, '--format', 'json');
  return (JSON.parse(listed) as { snapshot: string }[]).map(({ snapshot }) => snapshot);
}
