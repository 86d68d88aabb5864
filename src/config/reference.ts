import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { elementOf, keysOf, namedOf, unwrap } from './shape.ts';
import type { Variants } from './variants.ts';

/** What docs/configuration.md says of one key. */
export interface ReferenceRow {
  /** Such as `jobs[].source.ceph.user`. */
  readonly key: string;
  readonly kind: string;
  readonly allowed: string | null;
  /** As it would be written in YAML; null for a key that must be there. */
  readonly fallback: string | null;
  readonly description: string;
  /**
   * The kinds that have this key, or have it like this, such as `rbd` of a job; likewise of the mapping in it that has
   * kinds, such as its target. Empty when all do.
   */
  readonly kinds: readonly (readonly string[])[];
}

/** Every key of a schema, in its order. */
export function referenceRows(schema: z.ZodType, path = ''): ReferenceRow[] {
  const { variants } = unwrap(schema);
  if (variants !== null) return rowsOfKinds(variants, path);
  return Object.entries(keysOf(schema) ?? {}).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const element = elementOf(child);
    const ofName = namedOf(child);
    const inner = element ?? ofName ?? child;
    const isGroup = keysOf(inner) !== null || unwrap(inner).variants !== null;
    const row = rowOf(key, child, element);
    if (!isGroup) return [row];
    const innerKey = element === null ? key : `${key}[]`;
    return [row, ...referenceRows(inner, ofName === null ? innerKey : `${key}.NAME`)];
  });
}

function rowOf(key: string, schema: z.ZodType, element: z.ZodType | null): ReferenceRow {
  const { description, kind, allowed, fallback } = unwrap(schema);
  const inner = element === null ? null : unwrap(element);
  const ownKind = kind ?? (inner === null ? 'mapping' : `list of ${inner.kind ?? 'mapping'}s`);
  return {
    key,
    kind: ownKind,
    // What is allowed for a mapping are the rows that follow; a choice says it as its kind.
    allowed: ownKind.startsWith('`') ? null : (allowed ?? inner?.allowed ?? null),
    fallback: fallbackText(fallback),
    description,
    kinds: [],
  };
}

/** The rows of all kinds: those that they share once, the others beside each other. */
function rowsOfKinds({ path: typePath, kinds }: Variants, path: string): ReferenceRow[] {
  const names = Object.keys(kinds);
  const typeKey = `${path}.${typePath.join('.')}`;
  const typeKind = names.map((name) => `\`${name}\``).join(' or ');
  let merged: OwnedRow[] = [];
  for (const [name, schema] of Object.entries(kinds)) {
    const rows = referenceRows(schema, path).map((row) => ({
      row: row.key === typeKey ? { ...row, kind: typeKind } : row,
      owners: [name],
    }));
    merged = mergeRows(merged, rows);
  }
  return merged.map(({ row, owners }) =>
    owners.length === names.length ? row : { ...row, kinds: [owners, ...row.kinds] },
  );
}

/** A row with the kinds that have it. */
interface OwnedRow {
  readonly row: ReferenceRow;
  readonly owners: readonly string[];
}

/** Two lists as one in which each keeps its order; equal rows are one. */
function mergeRows(first: readonly OwnedRow[], second: readonly OwnedRow[]): OwnedRow[] {
  const merged = [...first];
  let at = merged.length;
  for (const owned of second.toReversed()) {
    const found = merged.findIndex(({ row }) => isDeepStrictEqual(row, owned.row));
    const other = merged[found];
    if (other === undefined) merged.splice(at, 0, owned);
    else {
      merged[found] = { ...other, owners: [...other.owners, ...owned.owners] };
      at = found;
    }
  }
  return merged;
}

function fallbackText(fallback: unknown): string | null {
  if (fallback === undefined) return null;
  if (fallback === null) return 'none';
  if (Array.isArray(fallback) && fallback.length > 0) return `\`[${fallback.join(', ')}]\``;
  const isNumberOrText = typeof fallback === 'string' || typeof fallback === 'number';
  return isNumberOrText || typeof fallback === 'boolean' ? `\`${fallback}\`` : 'empty';
}

/** The rows as a table in Markdown. */
export function referenceTable(rows: readonly ReferenceRow[]): string {
  const lines = rows.map(({ key, kind, allowed, fallback, description, kinds }) => {
    const value = allowed === null ? kind : `${kind}: ${allowed}`;
    const only = kinds.length === 0 ? '' : ` (${kindsText(kinds)})`;
    return `| \`${key}\`${only} | ${cell(value)} | ${fallback ?? '**required**'} | ${cell(description)} |`;
  });
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

/** The outermost kind first: `rbd, sink` is an image's job with a sink for its target. */
function kindsText(kinds: ReferenceRow['kinds']): string {
  return kinds.map((alternatives) => alternatives.join(' or ')).join(', ');
}

function cell(text: string): string {
  // Outside of code, `*` and `<` mean something to Markdown.
  const escaped = text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(/[*<_[\]]/g, '\\$&') : part))
    .join('`');
  return escaped.replaceAll('|', '\\|');
}
