import type { z } from 'zod';
import { closest } from '../lib/closest.ts';
import { typeOf } from './field.ts';
import type { ConfigPath, Finding } from './finding.ts';
import { Config } from './schema.ts';
import { knownAt, memberOf } from './shape.ts';

type Issue = z.core.$ZodIssue;

/** Checks values as YAML has them: the configuration, or what is wrong with it. */
export function readConfig(raw: unknown): { config: Config } | { findings: readonly Finding[] } {
  const read = readAs(Config, raw);
  return 'findings' in read ? read : { config: read.value };
}

/** The same for any schema, such as one for a part of a configuration. */
export function readAs<T>(
  schema: z.ZodType<T>,
  raw: unknown,
): { value: T } | { findings: readonly Finding[] } {
  const result = schema.safeParse(raw);
  if (result.success) return { value: result.data };
  const findings = result.error.issues.flatMap((issue) => findingsOf(schema, issue, raw));
  return { findings: withoutMisspelt(findings) };
}

function findingsOf(schema: z.ZodType, issue: Issue, raw: unknown): Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(schema, path, key, raw));
  const value = path.reduce<unknown>(memberOf, raw);
  const at = value === undefined ? 'key' : 'value';
  if (issue.code === 'custom') {
    const allowed: unknown = issue.params?.['allowed'];
    const right = typeof allowed === 'string' ? { allowed } : {};
    const isKey = issue.params?.['at'] === 'key';
    return [{ path, at: isKey ? 'key' : at, message: issue.message, ...right }];
  }
  if (issue.code === 'too_small') return [{ path, at, message: 'must not be empty' }];
  const expected = issue.code === 'invalid_type' && issue.expected === 'array' ? 'list' : 'mapping';
  const { keys } = knownAt(schema, path, raw);
  const allowed = keys.length === 0 ? `a ${expected}` : `a mapping with ${keys.join(', ')}`;
  const message =
    value === undefined ? 'missing' : `must be a ${expected}, but is ${typeOf(value)}`;
  // That a list must be a list has been said then.
  const isSaid = value !== undefined && keys.length === 0;
  return [{ path, at, message, ...(isSaid ? {} : { allowed }) }];
}

function unknownKey(schema: z.ZodType, parent: ConfigPath, key: string, raw: unknown): Finding {
  const { keys, kinds } = knownAt(schema, parent, raw);
  const finding = { path: [...parent, key], at: 'key', allowed: keys.join(', ') } as const;
  const quoted = JSON.stringify(key);
  // The innermost kind without which the key would be known is the one that has no use for it.
  const culprit = kinds.findLast((_, index) =>
    knownAt(schema, parent, raw, index).keys.includes(key),
  );
  if (culprit !== undefined) {
    const { noun, kind } = culprit;
    return { ...finding, message: `key ${quoted} has no meaning for a ${noun} of type ${kind}` };
  }
  const meant = closest(key, keys);
  const advice = meant === null ? '' : `; did you mean "${meant}"?`;
  return { ...finding, message: `unknown key ${quoted}${advice}` };
}

/** A misspelt key is one mistake: that the right one is missing needs no telling. */
function withoutMisspelt(findings: readonly Finding[]): Finding[] {
  const meant = new Set<string>();
  for (const { path, message } of findings) {
    const word = /^unknown key .*; did you mean "(.+)"\?$/.exec(message)?.[1];
    if (word !== undefined) meant.add(JSON.stringify([...path.slice(0, -1), word]));
  }
  return findings.filter(
    ({ path, message }) => message !== 'missing' || !meant.has(JSON.stringify(path)),
  );
}
