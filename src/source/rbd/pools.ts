import type { Cluster, IoContext } from '../../native/rados.ts';
import { listNamespaces } from '../../native/rbd-pool.ts';
import { CephError } from '../ceph/errors.ts';
import { translate, translating } from '../ceph/translate.ts';

export interface PoolPlace {
  readonly pool: string;
  /** Empty for the pool's nameless namespace. */
  readonly namespace: string;
}

/**
 * Looks for `what` in all pools that are meant for RBD, and all of their namespaces. Tells which it could not look
 * into.
 */
export async function visitPools(
  cluster: Cluster,
  signal: AbortSignal,
  what: 'images' | 'groups',
  visit: (io: IoContext, place: PoolPlace) => Promise<void>,
): Promise<readonly CephError[]> {
  const problems: CephError[] = [];
  const attempt = async (where: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const problem = translate(error, { what: `cannot list the ${what} of ${where}` });
      if (!(problem instanceof CephError)) throw problem;
      problems.push(problem);
    }
  };
  const pools = await translating({ what: 'cannot list the pools' }, () => cluster.pools());
  for (const pool of pools) {
    signal.throwIfAborted();
    await attempt(`pool ${pool}`, async () => {
      using io = await cluster.openPool(pool);
      if (!(await io.applications()).includes('rbd')) return;
      await visit(io, { pool, namespace: '' });
      for (const namespace of await listNamespaces(io)) {
        await attempt(`namespace ${pool}/${namespace}`, async () => {
          using inner = await cluster.openPool(pool, namespace);
          await visit(inner, { pool, namespace });
        });
      }
    });
  }
  return problems;
}
