import { PLAIN_NAME_FORM, plainNameProblem } from '../lib/plain-name.ts';
import { parseTimeZone, TIME_ZONE_FORM } from '../lib/time-zone.ts';
import { text } from './field.ts';

/** Longest name of a dataset with its snapshot that ZFS takes, in bytes. */
const ZFS_NAME_BYTES = 255;

export const jobName = plainName('name', 64);

/** Of a client of a sink, as it is in its certificate: the protocol takes no longer ones. */
export const clientName = plainName('name', 64);

/** Part of snapshot names on both sides, so it must suit RBD as well as ZFS. */
export const snapshotPrefix = plainName('prefix', 64);

function plainName(kind: string, most: number) {
  return text(kind, `${PLAIN_NAME_FORM}; at most ${most} characters`, (value) =>
    plainNameProblem(value, most),
  );
}

export const datasetName = text(
  'dataset',
  'POOL or POOL/NAME/…: letters, digits, "-", "_", ".", ":" and spaces inside; a pool begins with a letter',
  datasetProblem,
);

/** Names that zpool keeps for kinds of vdevs. */
const RESERVED_POOL = /^(?:mirror|raidz|draid|spare)|^log$/;

/** What ZFS would not accept about a dataset's name, or null. */
export function datasetProblem(name: string): string | null {
  if (name.startsWith('/')) return 'begins with "/": a dataset is not a path';
  if (name.endsWith('/')) return 'ends with "/"';
  if (name.includes('//')) return 'contains "//"';
  const wrong = /[^A-Za-z0-9_.:/ -]/u.exec(name)?.[0];
  if (wrong === '@' || wrong === '#') return `"${wrong}" is for snapshots and bookmarks`;
  if (wrong !== undefined) return `contains ${JSON.stringify(wrong)}`;
  if (name !== name.trim()) return 'begins or ends with a space';
  const [pool = '', ...rest] = name.split('/');
  if (!/^[A-Za-z]/.test(pool)) return `the pool "${pool}" does not begin with a letter`;
  if (RESERVED_POOL.test(pool)) return `ZFS keeps the name "${pool}" for itself`;
  if (rest.some((part) => part === '.' || part === '..')) return 'contains "." or ".." as a part';
  return name.length > ZFS_NAME_BYTES ? `is longer than ${ZFS_NAME_BYTES} bytes` : null;
}

export const absolutePath = text('path', 'an absolute path', (value) =>
  value.startsWith('/') ? null : `"${value}" does not begin with "/"`,
);

/** As Ceph takes the name of a filesystem. */
export const filesystemName = text('name', 'letters, digits, ".", "-" and "_"', (value) =>
  /^[A-Za-z0-9._-]+$/.test(value)
    ? null
    : `${JSON.stringify(value)} has characters that are not allowed`,
);

/** `admin`, as in `client.admin`. */
export const cephUser = text('name', 'the part after "client.", such as admin', (value) => {
  if (value.startsWith('client.')) return `leave out "client.": write ${value.slice(7)}`;
  return /^[\x21-\x7e]+$/.test(value) ? null : 'contains spaces or characters that are not ASCII';
});

export const timeZone = text('time zone', TIME_ZONE_FORM, (value) => {
  const result = parseTimeZone(value);
  return result.ok ? null : result.problem;
});
