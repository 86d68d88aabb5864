import { z } from 'zod';

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
    } else break;
  }
  const word = (key: string): string | null => {
    const value = meta[key];
    return typeof value === 'string' ? value : null;
  };
  const description = word('description') ?? '';
  return { schema, description, kind: word('kind'), allowed: word('allowed'), fallback };
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

/** The keys that are known at a place in the configuration. */
export function knownKeys(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let schema: z.ZodType | null = root;
  for (const part of path) {
    if (schema === null) return [];
    schema =
      typeof part === 'number' ? elementOf(schema) : (keysOf(schema)?.[String(part)] ?? null);
  }
  return schema === null ? [] : Object.keys(keysOf(schema) ?? {});
}
