/** Our snapshots are named `PREFIX_2026-11-23T14:00:00Z` on both sides: UTC, whole seconds. */
export function snapshotName(prefix: string, at: Date): string {
  return `${prefix}_${at.toISOString().slice(0, 19)}Z`;
}

/**
 * What the name of a snapshot tells: its prefix, and when it was taken in milliseconds since 1970. Null when
 * {@link snapshotName} would not have made it.
 */
export function parseSnapshotName(name: string): { prefix: string; takenAt: number } | null {
  const end = name.lastIndexOf('_');
  const prefix = name.slice(0, Math.max(0, end));
  const takenAt = Date.parse(name.slice(end + 1));
  const isOurs = !Number.isNaN(takenAt) && snapshotName(prefix, new Date(takenAt)) === name;
  return isOurs ? { prefix, takenAt } : null;
}

/** When the snapshot of a backup was taken, in milliseconds since 1970; when its transfer ended, if the name does not tell. */
export function backupTakenAt(backup: { readonly snapshot: string; readonly at: number }): number {
  return parseSnapshotName(backup.snapshot)?.takenAt ?? backup.at;
}

/** The first free name at or after `at`: two runs within a second must not share one. */
export function freeSnapshotName(prefix: string, at: Date, taken: ReadonlySet<string>): string {
  for (let time = at.getTime(); ; time += 1000) {
    const name = snapshotName(prefix, new Date(time));
    if (!taken.has(name)) return name;
  }
}
