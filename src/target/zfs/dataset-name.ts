import { ZfsError } from './errors.ts';

/** ZFS's limit for a dataset's name, in bytes; a snapshot's whole name has the same one. */
const MAX_NAME_BYTES = 255;

/** Room that is kept for `@PREFIX_2026-11-23T14:00:00Z` and for our checkpoints. */
const SNAPSHOT_BYTES = 64;

const PLAIN = /^[A-Za-z0-9._-]$/;

/**
 * One part of a source's name as a part of a ZFS dataset name. ZFS allows letters, digits, `-`,
 * `_`, `.`, `:` and space; all else, and `:` itself, becomes `:XX` for each byte, so that two names never meet
 * and {@link unescapeComponent} gives the name back.
 */
export function escapeComponent(name: string): string {
  const escaped = [...Buffer.from(name, 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return PLAIN.test(char) ? char : `:${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  // ZFS refuses components that are `.` or `..`.
  return /^\.+$/.test(escaped) ? escaped.replaceAll('.', ':2E') : escaped;
}

/** The name that {@link escapeComponent} was given; null if it cannot have made this one. */
export function unescapeComponent(component: string): string | null {
  if (!/^(?:[A-Za-z0-9._-]|:[0-9A-F]{2})+$/.test(component)) return null;
  const bytes: number[] = [];
  for (let at = 0; at < component.length; at++) {
    if (component[at] === ':') {
      bytes.push(Number.parseInt(component.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(component.charCodeAt(at));
    }
  }
  const name = Buffer.from(bytes).toString('utf8');
  return escapeComponent(name) === component ? name : null;
}

/**
 * The dataset of an image's n-th generation (from 1): `ROOT/rbd/POOL[/NAMESPACE]/IMAGE`, with
 * `::N` behind it from the second one on. No escaped name holds `::`.
 */
export function datasetName(root: string, source: string, generation: number): string {
  const path = source.split('/').map(escapeComponent);
  return named(source, `${root}/rbd/${path.join('/')}`, generation);
}

/** Likewise of a directory of a CephFS, by its absolute path: `ROOT/cephfs/FILESYSTEM[/DIRECTORY…]`. */
export function treeDataset(
  root: string,
  filesystem: string,
  source: string,
  generation: number,
): string {
  const parts = [filesystem, ...source.split('/').filter((part) => part !== '')];
  return named(source, `${root}/cephfs/${parts.map(escapeComponent).join('/')}`, generation);
}

function named(source: string, first: string, generation: number): string {
  const name = `${first}${generation === 1 ? '' : `::${generation}`}`;
  if (Buffer.byteLength(name) + SNAPSHOT_BYTES > MAX_NAME_BYTES) {
    throw new ZfsError({
      code: 'dataset-name',
      message:
        `the target dataset of ${source} would be ${name}, ${Buffer.byteLength(name)} bytes: with its ` +
        `snapshots' names that is more than the ${MAX_NAME_BYTES} that ZFS allows`,
      retry: 'never',
      hint: 'Choose a shorter `target.dataset`, or a shorter name for the source.',
    });
  }
  return name;
}

/** The image and generation that a dataset beneath `root` belongs to, or null. */
export function parseDatasetName(
  root: string,
  dataset: string,
): { readonly source: string; readonly generation: number } | null {
  const parsed = parse(`${root}/rbd/`, dataset);
  if (parsed === null || parsed.parts.length < 2 || parsed.parts.length > 3) return null;
  return { source: parsed.parts.join('/'), generation: parsed.generation };
}

/** The directory and generation that a dataset beneath `root` belongs to, or null. */
export function parseTreeDataset(
  root: string,
  dataset: string,
): { readonly filesystem: string; readonly source: string; readonly generation: number } | null {
  const parsed = parse(`${root}/cephfs/`, dataset);
  const [filesystem, ...parts] = parsed?.parts ?? [];
  if (parsed === null || filesystem === undefined) return null;
  return { filesystem, source: `/${parts.join('/')}`, generation: parsed.generation };
}

function parse(
  above: string,
  dataset: string,
): { readonly parts: readonly string[]; readonly generation: number } | null {
  if (!dataset.startsWith(above)) return null;
  const [base = '', suffix] = dataset.slice(above.length).split('::');
  const generation = suffix === undefined ? 1 : Number(suffix);
  if (!Number.isSafeInteger(generation) || generation < 1) return null;
  // Only the canonical spelling: `x::1` and `x::02` are nobody's.
  const canonical = `${above}${base}${generation === 1 ? '' : `::${generation}`}`;
  if (canonical !== dataset) return null;
  const parts: string[] = [];
  for (const component of base.split('/')) {
    const part = unescapeComponent(component);
    if (part === null) return null;
    parts.push(part);
  }
  return { parts, generation };
}
