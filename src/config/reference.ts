import type { z } from 'zod';
import { elementOf, keysOf, unwrap } from './shape.ts';

/** What docs/configuration.md says of one key. */
export interface ReferenceRow {
  /** Such as `jobs[].source.ceph.user`. */
  readonly key: string;
  readonly kind: string;
  readonly allowed: string | null;
  /** As it would be written in YAML; null for a key that must be there. */
  readonly fallback: string | null;
  readonly description: string;
}

/** Every key of a schema, in its order. */
export function referenceRows(schema: z.ZodType, path = ''): ReferenceRow[] {
  return Object.entries(keysOf(schema) ?? {}).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const element = elementOf(child);
    const isGroup = keysOf(element ?? child) !== null;
    const row = rowOf(key, child, element);
    if (!isGroup) return [row];
    return [row, ...referenceRows(element ?? child, element === null ? key : `${key}[]`)];
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
  };
}

function fallbackText(fallback: unknown): string | null {
  if (fallback === undefined) return null;
  if (fallback === null) return 'none';
  const isScalar = typeof fallback === 'string' || typeof fallback === 'number';
  return isScalar ? `\`${fallback}\`` : 'empty';
}

/** The rows as a table in Markdown. */
export function referenceTable(rows: readonly ReferenceRow[]): string {
  const lines = rows.map(({ key, kind, allowed, fallback, description }) => {
    const value = allowed === null ? kind : `${kind}: ${allowed}`;
    return `| \`${key}\` | ${cell(value)} | ${fallback ?? '**required**'} | ${cell(description)} |`;
  });
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function cell(text: string): string {
  // Outside of code, `*` and `<` mean something to Markdown.
  const escaped = text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(/[*<_[\]]/g, '\\$&') : part))
    .join('`');
  return escaped.replaceAll('|', '\\|');
}
