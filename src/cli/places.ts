import type { Config, Job } from '../config/schema.ts';
import type { ListedTarget } from '../runner/list-target.ts';

type Target = Job['target'];

/** Where backups are. */
export interface Place {
  readonly target: ListedTarget;
  /** Those that bring them there. */
  readonly jobs: readonly Job[];
  /** Who pushes there to the sink of this machine; null when jobs of this machine bring them. */
  readonly client: string | null;
}

/** Where a target is, for people: `zfs tank/backup`, or `sink https://backup.example.org:8470`. */
export function targetText(target: ListedTarget): string {
  return `${target.type} ${target.type === 'sink' ? target.url : target.dataset}`;
}

/** All places with backups, each once: those of the jobs, and those of the clients of this machine's sink. */
export function placesOf({ jobs, sink }: Config): readonly Place[] {
  const targets = jobs.map(({ target }) => target);
  const own = targets
    .filter((target, index) => targets.findIndex((other) => isSamePlace(target, other)) === index)
    .map((target) => ({
      target,
      jobs: jobs.filter((job) => isSamePlace(job.target, target)),
      client: null,
    }));
  const pushed = Object.entries(sink?.clients ?? {}).map(([client, { dataset }]) => ({
    target: { type: 'zfs', dataset } as const,
    jobs: [],
    client,
  }));
  return [...own, ...pushed];
}

/** Whether two targets are the same place. A sink tells by the certificate whose backups it is asked for. */
function isSamePlace(one: Target, other: Target): boolean {
  if (one.type === 'zfs') return other.type === 'zfs' && one.dataset === other.dataset;
  return other.type === 'sink' && one.url === other.url && one.tls.cert === other.tls.cert;
}
