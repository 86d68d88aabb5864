import { z } from 'zod';
import type { ConfigPath } from './finding.ts';
import { kindOf, type Variants } from './variants.ts';

/** A schema without its wrappers, and what those say. */
export interface Unwrapped {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly kind: string | null;
  readonly allowed: string | null;
  /**
   * What stands in for a key that is left out, as YAML has it: null for nothing, undefined when it
   * may not be left out.
   */
  readonly fallback: unknown;
  /** Set when the keys depend on a kind. */
  readonly variants: Variants | null;
  /** Set when the keys are names that are chosen: what each of them holds. */
  readonly named: z.ZodType | null;
}

export function unwrap(wrapped: z.ZodType): Unwrapped {
  let schema = wrapped;
  let fallback: unknown;
  let meta: Record<string, unknown> = {};
  for (;;) {
    // What is said outside wins over what is said inside.
    meta = { ...schema.meta(), ...meta };
    if (schema instanceof z.ZodPrefault) fallback ??= schema.def.defaultValue;
    if (schema instanceof z.ZodOptional) fallback ??= null;
    if (
      schema instanceof z.ZodPrefault ||
      schema instanceof z.ZodOptional ||
      schema instanceof z.ZodReadonly
    ) {
      schema = schema.def.innerType as z.ZodType;
    } else if (schema instanceof z.ZodPipe) {
      // What is written is what comes in.
      schema = schema.def.in as z.ZodType;
    } else break;
  }
  const { longhand } = meta;
  if (longhand instanceof z.ZodType) ({ schema } = unwrap(longhand));
  const word = (key: string): string | null => {
    const value = meta[key];
    return typeof value === 'string' ? value : null;
  };
  const description = word('description') ?? '';
  const variants = (meta['variants'] ?? null) as Variants | null;
  const named = meta['named'] instanceof z.ZodType ? meta['named'] : null;
  const [kind, allowed] = [word('kind'), word('allowed')];
  return { schema, description, kind, allowed, fallback, variants, named };
}

/** The keys of a mapping and their schemas; null for anything else. */
export function keysOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | null {
  const inner = unwrap(schema).schema;
  return inner instanceof z.ZodObject ? inner.shape : null;
}

export function elementOf(schema: z.ZodType): z.ZodType | null {
  const inner = unwrap(schema).schema;
  return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : null;
}

/** What a mapping holds whose keys are names that are chosen; null for anything else. */
export function namedOf(schema: z.ZodType): z.ZodType | null {
  return unwrap(schema).named;
}

/** What is known at a place in the configuration. */
export interface KnownPlace {
  /** Of all kinds that it may be of, as long as nobody can tell which it is. */
  readonly keys: readonly string[];
  /** The kinds that the place belongs to, where they decide about its keys; the outermost first. */
  readonly kinds: readonly { readonly noun: string; readonly kind: string }[];
}

/**
 * Follows a path through the schema; `raw` is the configuration as YAML has it, which says of what kind things are.
 * Only so many of the outermost kinds count as are given, the others are taken for unknown.
 */
export function knownAt(
  root: z.ZodType,
  path: ConfigPath,
  raw: unknown,
  count = Number.POSITIVE_INFINITY,
): KnownPlace {
  const kinds: { readonly noun: string; readonly kind: string }[] = [];
  let value = raw;
  const resolve = (schema: z.ZodType): readonly z.ZodType[] => {
    const { variants } = unwrap(schema);
    if (variants === null) return [schema];
    const kind = kinds.length < count ? kindOf(variants, value) : null;
    const one = kind === null ? undefined : variants.kinds[kind];
    if (kind === null || one === undefined) return Object.values(variants.kinds).flatMap(resolve);
    kinds.push({ noun: variants.noun, kind });
    return resolve(one);
  };
  let schemas = resolve(root);
  for (const part of path) {
    value = memberOf(value, part);
    schemas = schemas.flatMap((schema) => {
      const child =
        typeof part === 'number'
          ? elementOf(schema)
          : (namedOf(schema) ?? keysOf(schema)?.[String(part)] ?? null);
      return child === null ? [] : resolve(child);
    });
  }
  const keys = schemas.flatMap((schema) => Object.keys(keysOf(schema) ?? {}));
  return { keys: [...new Set(keys)], kinds };
}

/** What a list or a mapping, as YAML has it, holds at an index or a key. */
export function memberOf(holder: unknown, part: PropertyKey): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  return Object.hasOwn(holder, part) ? (holder as Record<PropertyKey, unknown>)[part] : undefined;
}
