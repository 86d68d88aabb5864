import { isIP } from 'node:net';
import { PLAIN_NAME_FORM, plainNameProblem } from '../lib/plain-name.ts';
import { PkiError } from './errors.ts';

/** What a certificate is for: to be the server that is pushed to, or a client that pushes. */
export type Role = 'sink' | 'client';

/** Who a certificate says that its owner is. */
export interface Identity {
  readonly role: Role;
  readonly name: string;
  /** Of a sink: names and IP addresses by which clients reach it, besides its name. */
  readonly addresses: readonly string[];
}

/** A client's name becomes a part of the names of its datasets, and a common name has no more than that. */
const NAME_LENGTH = 64;

/** Certificates lie beside the authority's, named after their owners. */
const AUTHORITY = 'ca';

const HOST_LENGTH = 253;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** Refuses an identity that no certificate may have. Throws a PkiError (`pki-argument`). */
export function checkIdentity({ role, name, addresses }: Identity): void {
  const problem =
    name === AUTHORITY
      ? 'cannot be "ca": the authority\'s own files are named so'
      : plainNameProblem(name, NAME_LENGTH);
  if (problem !== null) {
    const hint = `A name has ${PLAIN_NAME_FORM}; at most ${NAME_LENGTH} characters.`;
    throw new PkiError('pki-argument', `the name of a ${role} ${problem}`, hint);
  }
  for (const address of addresses) {
    if (isIP(address) !== 0 || isHostName(address)) continue;
    throw new PkiError(
      'pki-argument',
      `${JSON.stringify(address)} is no address of a host`,
      'Give the name or the IP address that clients connect to, without a port, brackets or wildcards.',
    );
  }
}

function isHostName(text: string): boolean {
  const labels = text.split('.');
  // What ends with a number is an IP address that is mistyped, never a name.
  const isNumber = /^\d+$/.test(labels.at(-1) ?? '');
  return text.length <= HOST_LENGTH && !isNumber && labels.every((label) => LABEL.test(label));
}
