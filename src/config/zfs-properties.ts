import { z } from 'zod';
import { closest } from '../lib/closest.ts';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { parseSize } from '../lib/size.ts';
import { shown, wrongType } from './field.ts';

type ReadValue = (value: string | number) => Parsed<string>;

/** What may be set on one kind of dataset. */
export interface PropertyRules {
  /** What is allowed, in one line. */
  readonly allowed: string;
  readonly description: string;
  /** Properties on which a backup's correctness depends, and why nobody else may set them. */
  readonly owned: ReadonlyMap<string, string>;
  /** Properties of the other kind of dataset; ZFS would refuse them, or they would do nothing. */
  readonly foreign: ReadonlySet<string>;
  /** Why a foreign one cannot be set, after its name. */
  readonly foreignReason: string;
  /** Beside {@link COMMON}, what can be set, for "did you mean": newer versions of ZFS may know more. */
  readonly known: readonly string[];
  /** How values are read that must be of a certain form. */
  readonly readers: ReadonlyMap<string, ReadValue>;
}

/** What can be set on any dataset. */
const COMMON = [
  'checksum',
  'compression',
  'copies',
  'dedup',
  'encryption',
  'keyformat',
  'keylocation',
  'logbias',
  'primarycache',
  'redundant_metadata',
  'refreservation',
  'reservation',
  'secondarycache',
  'snapshot_limit',
  'sync',
];

/** The properties that a dataset is made with; values as `zfs create -o` takes them. */
export function zfsProperties(rules: PropertyRules) {
  const { allowed, description } = rules;
  return z
    .unknown()
    .transform((value, context): Readonly<Record<string, string>> => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        const { problem: message } = wrongType('a mapping', value);
        context.addIssue({ code: 'custom', message, params: { allowed } });
        return z.NEVER;
      }
      const entries = Object.entries(value).map(([name, given]) => {
        const misnamed = nameProblem(name, rules);
        const result = misnamed === null ? readValue(name, given, rules) : notParsed(misnamed);
        if (result.ok) return [name, result.value] as const;
        const { problem: message, allowed: right = allowed } = result;
        const params = { allowed: right, at: misnamed === null ? 'value' : 'key' };
        context.addIssue({ code: 'custom', message, path: [name], params });
        return [name, ''] as const;
      });
      return Object.fromEntries(entries);
    })
    .meta({ description, kind: 'mapping', allowed });
}

function readValue(name: string, value: unknown, { readers }: PropertyRules): Parsed<string> {
  if (value === null) return notParsed('has no value');
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType('text', value);
  const read = readers.get(name);
  if (read !== undefined) return read(value);
  return value === '' ? notParsed('empty') : parsed(String(value));
}

function nameProblem(
  name: string,
  { owned, foreign, foreignReason, known }: PropertyRules,
): string | null {
  const reason = owned.get(name);
  if (reason !== undefined) return `${name} may not be set: ${reason}`;
  if (name.startsWith('ceph2zfs:'))
    return `${name} may not be set: ceph2zfs keeps its records there`;
  if (foreign.has(name)) return `${name} ${foreignReason}`;
  if (name.includes(':')) {
    return /^[a-z0-9:._-]{1,255}$/.test(name)
      ? null
      : `${shown(name)}: names of user properties have lower-case letters, digits, ":", ".", "-", "_"`;
  }
  const all = [...COMMON, ...known];
  if (all.includes(name)) return null;
  if (!/^[a-z0-9_]+$/.test(name)) return `${shown(name)} is not the name of a property`;
  const meant = closest(name, all);
  return meant === null ? null : `unknown property "${name}"; did you mean "${meant}"?`;
}

const COMPRESSION = /^(?:on|lzjb|zle|lz4|gzip(?:-[1-9])?|zstd(?:-fast)?(?:-\d+)?)$/;

/** Reads the value of `compression`; `cost` says what it would cost to switch it off. */
export function compression(cost: string): ReadValue {
  const allowed =
    'on, lz4, zstd, zstd-1 to zstd-19, zstd-fast, zstd-fast-N, gzip, gzip-1 to gzip-9, zle, lzjb';
  const off = `compression may not be off: without it ZFS stores blocks of zeros instead of leaving holes, so ${cost}; zle compresses zeros and nothing else`;
  return (value) => {
    if (value === 'off') return notParsed(off, allowed);
    const given = String(value);
    return COMPRESSION.test(given)
      ? parsed(given)
      : notParsed(`${shown(value)} is not known`, allowed);
  };
}

/** Reads the size of blocks, one of these; it is given to ZFS in bytes. */
export function blockSize(sizes: readonly string[]): ReadValue {
  const allowed = sizes.join(', ');
  const allowedBytes = new Set(sizes.map((size) => bytesOf(parseSize(size))));
  return (value) => {
    const size = parseSize(String(value));
    if (!size.ok) return notParsed(`${shown(value)}: ${size.problem}`, allowed);
    return allowedBytes.has(size.value)
      ? parsed(String(size.value))
      : notParsed(`${shown(value)} is not allowed`, allowed);
  };
}

function bytesOf(size: Parsed<number>): number {
  return size.ok ? size.value : Number.NaN;
}
