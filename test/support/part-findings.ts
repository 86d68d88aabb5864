import { z } from 'zod';
import { readAs } from '../../src/config/schema-findings.ts';

/** Reads a part of a configuration by itself, under the key at which it stands in a job. */
export function partReader(key: string, schema: z.ZodType) {
  const job = z.strictObject({ [key]: schema.optional() });
  const read = (value: unknown) => readAs(job, { [key]: value });

  /** `path: message (allowed: …)`, with `(key)` where the key is wrong and not its value. */
  function findings(value: unknown): string[] {
    const result = read(value);
    if (!('findings' in result)) return [];
    return result.findings.map(({ path, at, message, allowed }) => {
      const place = path.join('.') + (at === 'key' ? ' (key)' : '');
      return `${place}: ${message}${allowed === undefined ? '' : ` (allowed: ${allowed})`}`;
    });
  }

  return { job, read, findings };
}
