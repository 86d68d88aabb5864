/** Our snapshots are named `PREFIX_2026-11-23T14:00:00Z` on both sides: UTC, whole seconds. */
export function snapshotName(prefix: string, at: Date): string {
  return `${prefix}_${at.toISOString().slice(0, 19)}Z`;
}

/** The first free name at or after `at`: two runs within a second must not share one. */
export function freeSnapshotName(prefix: string, at: Date, taken: ReadonlySet<string>): string {
  for (let time = at.getTime(); ; time += 1000) {
    const name = snapshotName(prefix, new Date(time));
    if (!taken.has(name)) return name;
  }
}
