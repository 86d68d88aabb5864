import { z } from 'zod';
import { type FieldRule, field } from './field.ts';
import { keysOf } from './shape.ts';

/** A mapping instead of which one value may be given; `longhand` is the mapping, `expand` makes it of the value. */
export function shorthand<Longhand extends z.ZodType, T>(
  rule: FieldRule<T>,
  longhand: Longhand,
  expand: (value: T) => z.output<Longhand>,
) {
  const keys = Object.keys(keysOf(longhand) ?? {}).join(', ');
  const allowed = `${rule.allowed}; or a mapping with ${keys}`;
  const short = field({ ...rule, allowed }, '').transform(expand);
  return z
    .unknown()
    .transform((value, context): z.output<Longhand> => {
      const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
      const result = (isMapping ? longhand : short).safeParse(value);
      if (result.success) return result.data;
      for (const issue of result.error.issues)
        context.addIssue({ ...issue, path: [...issue.path] });
      return z.NEVER;
    })
    .meta({ longhand, kind: `${rule.kind} or mapping`, allowed });
}
