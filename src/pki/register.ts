import { z } from 'zod';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';

const VERSION = 1;

const time = z.int().describe('milliseconds since 1970');

const certificate = z.strictObject({
  serial: z.string().regex(/^[0-9A-F]{32}$/),
  role: z.enum(['sink', 'client']),
  name: z.string(),
  addresses: z.array(z.string()).readonly(),
  notBefore: time,
  notAfter: time,
  revokedAt: time.nullable(),
});

const register = z.strictObject({
  version: z.literal(VERSION),
  crlNumber: z.int().nonnegative(),
  certificates: z.array(certificate),
});

/** A certificate that an authority has issued; times in milliseconds since 1970. */
export type Registered = Readonly<z.infer<typeof certificate>>;

/** All that an authority has issued, in that order, and how often its list of what is revoked was made anew. */
export interface Register {
  readonly version: typeof VERSION;
  readonly crlNumber: number;
  readonly certificates: readonly Registered[];
}

export const EMPTY_REGISTER: Register = { version: VERSION, crlNumber: 0, certificates: [] };

export function writeRegister(register: Register): string {
  return `${JSON.stringify(register, null, 2)}\n`;
}

/** Reads what {@link writeRegister} wrote. What is not understood wholly is refused: it must not be written over. */
export function parseRegister(text: string): Parsed<Register> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return notParsed(`it is not JSON: ${String(error)}`);
  }
  const result = register.safeParse(value);
  return result.success ? parsed(result.data) : notParsed(z.prettifyError(result.error));
}

/** The certificates of a name that are not revoked, the newest last. */
export function unrevoked({ certificates }: Register, name: string): readonly Registered[] {
  return certificates.filter((each) => each.name === name && each.revokedAt === null);
}

/** Revokes certificates; the list of what is revoked must then be made anew. */
export function revokeSerials(
  register: Register,
  serials: readonly string[],
  now: number,
): Register {
  return {
    ...register,
    crlNumber: register.crlNumber + 1,
    certificates: register.certificates.map((each) =>
      serials.includes(each.serial) ? { ...each, revokedAt: now } : each,
    ),
  };
}
