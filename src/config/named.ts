import { z } from 'zod';
import { type FieldRule, wrongType } from './field.ts';

/** A mapping from names to values of one kind, such as from clients to what each may do. */
export function named<Value extends z.ZodType>(name: FieldRule<string>, value: Value) {
  return z
    .unknown()
    .transform((raw, context): Readonly<Record<string, z.output<Value>>> => {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
        const { problem: message } = raw === undefined ? MISSING : wrongType('a mapping', raw);
        context.addIssue({ code: 'custom', message, params: { allowed: ALLOWED } });
        return z.NEVER;
      }
      const entries = Object.entries(raw).map(([key, given]): [string, z.output<Value>] => {
        const read = name.read(key);
        if (!read.ok) {
          const params = { allowed: name.allowed, at: 'key' };
          context.addIssue({ code: 'custom', message: read.problem, path: [key], params });
        }
        const result = value.safeParse(given);
        for (const issue of result.error?.issues ?? [])
          context.addIssue({ ...issue, path: [key, ...issue.path] });
        return [key, result.data as z.output<Value>];
      });
      return Object.fromEntries(entries);
    })
    .meta({ named: value, kind: 'mapping', allowed: ALLOWED });
}

const MISSING = { problem: 'missing' };
const ALLOWED = 'a mapping from names';
