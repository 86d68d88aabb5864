import type { Job } from '../config/schema.ts';

type Target = Job['target'];

/** Where a target is, for people: `zfs tank/backup`, or `sink https://backup.example.org:8470`. */
export function targetText(target: Target): string {
  return `${target.type} ${target.type === 'sink' ? target.url : target.dataset}`;
}

/** Whether two targets are the same place. A sink tells by the certificate whose backups it is asked for. */
export function isSamePlace(one: Target, other: Target): boolean {
  if (one.type === 'zfs') return other.type === 'zfs' && one.dataset === other.dataset;
  return other.type === 'sink' && one.url === other.url && one.tls.cert === other.tls.cert;
}

/** The targets of some jobs, each place once. */
export function placesOf(jobs: readonly Job[]): readonly Target[] {
  const targets = jobs.map(({ target }) => target);
  return targets.filter(
    (target, index) => targets.findIndex((other) => isSamePlace(target, other)) === index,
  );
}
