import { PkiError } from './errors.ts';

/** From when to when something is valid, in milliseconds since 1970, whole seconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export const AUTHORITY_DAYS = 3650;
export const CERTIFICATE_DAYS = 365;
/** Certificates have years of four digits. */
const MOST_DAYS = 36_500;

export const DAY_MS = 86_400_000;

/** The clock of who checks a certificate that has just been made may be slow. */
const SKEW_MS = 300_000;

/** So many days from now on, and a little of the past. Throws a PkiError (`pki-argument`). */
export function validFor(days: number, now: number): Validity {
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
    const message = `${days} is no number of days`;
    throw new PkiError('pki-argument', message, `Give a whole number from 1 to ${MOST_DAYS}.`);
  }
  return { notBefore: seconds(now - SKEW_MS), notAfter: seconds(now + days * DAY_MS) };
}

/** The time that signed lists tell as their own: clocks that are slow must not take them for future ones. */
export function signedAt(now: number): number {
  return seconds(now - SKEW_MS);
}

/** What is signed by an authority is worth nothing after its end. */
export function within(validity: Validity, authority: Validity): Validity {
  return { ...validity, notAfter: Math.min(validity.notAfter, authority.notAfter) };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
