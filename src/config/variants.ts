import { z } from 'zod';
import { choice, field } from './field.ts';

/** Schemas of which one applies, as a key somewhere inside says. */
export interface Variants {
  /** What is of one kind or another, such as `job`. */
  readonly noun: string;
  /** Where that key is, such as `source`, `type`. */
  readonly path: readonly string[];
  /** By the value of that key. */
  readonly kinds: Readonly<Record<string, z.ZodType>>;
}

type Issue = z.core.$ZodIssue;

/**
 * A mapping whose keys depend on its kind. As long as nobody can tell the kind, only what would be wrong
 * with every kind is told beside that.
 */
export function variants<const Kinds extends Readonly<Record<string, z.ZodType>>>(
  noun: string,
  path: readonly string[],
  kinds: Kinds,
) {
  const all: Variants = { noun, path, kinds };
  return z
    .unknown()
    .transform((value, context): z.output<Kinds[keyof Kinds]> => {
      const kind = kindOf(all, value);
      const schema = kind === null ? undefined : kinds[kind];
      const result = schema?.safeParse(value);
      if (result?.success === true) return result.data as z.output<Kinds[keyof Kinds]>;
      const issues = result?.error.issues ?? issuesOfAll(all, value);
      for (const issue of issues) context.addIssue({ ...issue, path: [...issue.path] });
      return z.NEVER;
    })
    .meta({ variants: all });
}

/** The kind that a value says it is of, or null. */
export function kindOf({ path, kinds }: Variants, value: unknown): string | null {
  const kind = path.reduce<unknown>(child, value);
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kind : null;
}

/** What is wrong with the kind itself, and what every kind finds wrong. */
function issuesOfAll({ path, kinds }: Variants, value: unknown): Issue[] {
  const [first = [], ...others] = Object.values(kinds).map((schema) =>
    (schema.safeParse(value).error?.issues ?? []).flatMap(oneKeyEach),
  );
  const elsewhere = others.map((issues) => new Set(issues.map((issue) => JSON.stringify(issue))));
  const common = first.filter((issue) =>
    elsewhere.every((issues) => issues.has(JSON.stringify(issue))),
  );
  // Where there is no place for a kind, what should be there is missing or no mapping: that is told already.
  const holder = path.slice(0, -1).reduce<unknown>(child, value);
  if (!isMapping(holder)) return common;
  const kind = field(choice(Object.keys(kinds)), '').safeParse(path.reduce<unknown>(child, value));
  const wrongKind = (kind.error?.issues ?? []).map((issue) => ({ ...issue, path: [...path] }));
  return [...wrongKind, ...common];
}

/** Unknown keys one by one: each may be known to another kind. */
function oneKeyEach(issue: Issue): Issue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ ...issue, keys: [key], message: 'unknown key' }));
}

function child(value: unknown, key: string): unknown {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
