import { type Document, isAlias, isMap, isScalar, type Node, visit, type YAMLError } from 'yaml';

/** A problem of the YAML text itself, at an offset. */
export interface TextFinding {
  readonly offset: number;
  readonly message: string;
  readonly allowed?: string;
  /** Offset of another place that has to do with it. */
  readonly otherOffset?: number;
}

/** Most often a pattern was meant, for which YAML has other plans. */
const QUOTE = 'put a pattern that begins with "!" or "*" in quotes';

/** What makes the text no YAML: the values mean nothing then, so that they are not checked. */
export function syntaxFindings(document: Document.Parsed): TextFinding[] {
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) {
    return [{ offset: 0, message: 'nested too deeply' }];
  }
  const findings: TextFinding[] = document.errors.map(syntaxFinding);
  for (const { code, message, pos } of document.warnings) {
    const isTag = code === 'TAG_RESOLVE_FAILED';
    findings.push({ offset: pos[0], message: isTag ? `${message}; ${QUOTE}` : message });
  }
  visit(document, {
    Alias(_key, alias) {
      if (alias.source === '' || alias.resolve(document) !== undefined) return;
      const message = `"*${alias.source}" refers to an anchor that is nowhere above; ${QUOTE}`;
      findings.push({ offset: startOf(alias), message });
    },
  });
  return findings;
}

function syntaxFinding({ code, message, pos }: YAMLError): TextFinding {
  const offset = pos[0];
  if (code === 'BAD_ALIAS') return { offset, message: `${message}; ${QUOTE}` };
  if (code === 'MULTIPLE_DOCS') {
    return { offset, message: 'a second YAML document begins here', allowed: 'one document' };
  }
  return { offset, message };
}

/** Keys that stand twice in one mapping: found here because a parsed value keeps only the last. */
export function duplicateKeys(document: Document.Parsed): TextFinding[] {
  const findings: TextFinding[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const offset = startOf(key);
        const otherOffset = seen.get(name);
        if (otherOffset === undefined) seen.set(name, offset);
        else findings.push({ offset, message: `key "${name}" is there twice`, otherOffset });
      }
    },
  });
  return findings;
}

/**
 * Where a value, or the key that leads to it, stands in the text. For a path that leads nowhere,
 * the last key (or list item) on the way to it.
 */
export function offsetOf(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  at: 'key' | 'value',
): number {
  let value: unknown = document.contents;
  let offset = startOf(value);
  for (const [index, part] of path.entries()) {
    const holder = isAlias(value) ? value.resolve(document) : value;
    const next = childOf(holder, part);
    if (next === null) return offset;
    const wantsKey = at === 'key' || index < path.length - 1;
    offset = startOf(wantsKey ? next.key : (next.value ?? next.key));
    value = next.value;
  }
  return offset;
}

function childOf(holder: unknown, part: PropertyKey): { key: unknown; value: unknown } | null {
  if (isMap(holder)) {
    // The last of several counts, as in the parsed value.
    const pair = holder.items.findLast(
      ({ key }) => isScalar(key) && String(key.value) === String(part),
    );
    return pair === undefined ? null : { key: pair.key, value: pair.value };
  }
  const items =
    typeof holder === 'object' && holder !== null && 'items' in holder ? holder.items : [];
  const item: unknown = Array.isArray(items) && typeof part === 'number' ? items[part] : undefined;
  return item === undefined ? null : { key: item, value: item };
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
