import type { Cluster } from '../../native/rados.ts';

/** Parts of Ceph's client libraries that note what they do at each request. */
const SUBSYSTEMS =
  'auth buffer client context crypto finisher monc ms objectcacher objecter rados rbd striper throttle timer tp';

/**
 * Keeps Ceph's libraries from noting down what they log nowhere. By default (`0/5`) they keep the last thousands of
 * lines in memory for the case of a crash, in a thread of its own that is woken for each: a seventh of the time of
 * reading small files. Who has asked for a log in the ceph.conf (`5/5`) gets it.
 */
export function quieten(cluster: Cluster): void {
  for (const subsystem of SUBSYSTEMS.split(' ')) {
    const name = `debug_${subsystem}`;
    if (cluster.option(name).startsWith('0/')) cluster.setOption(name, '0/0');
  }
}
