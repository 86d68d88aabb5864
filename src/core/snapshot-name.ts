/** Our snapshots are named `PREFIX_2026-11-23T14:00:00Z` on both sides: UTC, whole seconds. */
export function snapshotName(prefix: string, at: Date): string {
  return `${prefix}_${at.toISOString().slice(0, 19)}Z`;
}

const PATTERN = /^(?<prefix>.+)_(?<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/;

/** The prefix and time of a name that {@link snapshotName} could have made, or null. */
export function parseSnapshotName(name: string): { prefix: string; at: Date } | null {
  const groups = PATTERN.exec(name)?.groups;
  const prefix = groups?.['prefix'];
  const time = groups?.['time'];
  if (prefix === undefined || time === undefined) return null;
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? null : { prefix, at };
}

/** The first free name at or after `at`: two runs within a second must not share one. */
export function freeSnapshotName(prefix: string, at: Date, taken: ReadonlySet<string>): string {
  for (let time = at.getTime(); ; time += 1000) {
    const name = snapshotName(prefix, new Date(time));
    if (!taken.has(name)) return name;
  }
}
