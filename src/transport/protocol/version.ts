import { TransportError } from '../errors.ts';

/** The versions of the protocol that one side speaks, both included. */
export interface Versions {
  readonly min: number;
  readonly max: number;
}

/** What this program speaks. */
export const OUR_VERSIONS: Versions = { min: 1, max: 1 };

/** Bodies of requests may come compressed. */
export const ZSTD = 'zstd';

/** What this program can do beyond what its version says; both sides use what both have. */
export const OUR_FEATURES: readonly string[] = [ZSTD];

/** A side of a connection, in words. */
export interface Speaker {
  readonly name: string;
  readonly versions: Versions;
}

/** The newest version that both speak. Throws a TransportError (`sink-version`) that says which one is too old. */
export function commonVersion(one: Speaker, other: Speaker): number {
  const version = Math.min(one.versions.max, other.versions.max);
  if (version >= Math.max(one.versions.min, other.versions.min)) return version;
  const older = one.versions.max < other.versions.max ? one : other;
  throw new TransportError({
    code: 'sink-version',
    message: `${told(one)} and ${told(other)}: they have no version in common`,
    retry: 'never',
    hint: `Update ceph2zfs on the side of ${older.name}.`,
  });
}

function told({ name, versions: { min, max } }: Speaker): string {
  const range = min === max ? `version ${min}` : `versions ${min} to ${max}`;
  return `${name} speaks ${range} of the protocol`;
}
