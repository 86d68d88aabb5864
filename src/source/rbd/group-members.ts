import type { Cluster } from '../../native/rados.ts';
import { listGroupImages } from '../../native/rbd-group.ts';
import { translating } from '../ceph/translate.ts';
import { formatGroupName, formatImageName, type GroupName } from './name.ts';

/** Names of the images of a group, of whatever pools; sorted. */
export async function groupMembers(cluster: Cluster, name: GroupName): Promise<readonly string[]> {
  const { pool, namespace, group } = name;
  const what = `cannot list the images of group ${formatGroupName(name)}`;
  return translating({ what, missing: 'pool-missing' }, async () => {
    using io = await cluster.openPool(pool, namespace);
    const images = await listGroupImages(io, group);
    return images
      .flatMap(({ poolId, name: image }) => {
        const imagePool = cluster.poolName(poolId);
        return imagePool === null ? [] : formatImageName({ pool: imagePool, namespace, image });
      })
      .sort();
  });
}
