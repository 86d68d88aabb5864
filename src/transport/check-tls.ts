import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { RetryClass } from '../core/errors.ts';
import { TransportError } from './errors.ts';
import type { TlsFiles, TlsPaths } from './tls.ts';

type Bytes = { readonly [Name in keyof TlsFiles]: Buffer };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Of PKCS #8, and as OpenSSL wrote it before. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

const COPY = 'Copy it anew from where it was made; `ceph2zfs pki` tells which file goes where.';

/**
 * Throws a TransportError (`tls-unusable`) when a connection could not be made with these files, so that it is told of the
 * file, and not of a handshake that failed. `paths` are for the messages, `now` is milliseconds since 1970.
 */
export function checkTls(files: Bytes, paths: TlsPaths, now: number): void {
  const authorities = certificatesOf(files.ca, paths.ca);
  const [own] = certificatesOf(files.cert, paths.cert);
  if (own === undefined) return;
  const key = keyOf(files.key, paths.key);
  if (!own.checkPrivateKey(key)) {
    throw unusable(
      `the key ${paths.key} does not fit the certificate ${paths.cert}`,
      'Copy both from the same folder of the authority.',
      // While both are replaced there is a moment in which one is new and the other is not.
      { retry: 'backoff' },
    );
  }
  checkTimes(own, `the certificate ${paths.cert}`, now);
  const [newest] = authorities.toSorted(
    (a, b) => b.validToDate.getTime() - a.validToDate.getTime(),
  );
  if (newest !== undefined) checkTimes(newest, `the authority's certificate ${paths.ca}`, now);
  checkWhole(files, paths);
}

/** The error for a certificate, a key or a list that is no use. */
export function unusable(
  message: string,
  hint: string,
  { cause, retry = 'never' }: { readonly cause?: unknown; readonly retry?: RetryClass } = {},
): TransportError {
  return new TransportError({ code: 'tls-unusable', message, retry, hint, cause });
}

function certificatesOf(pem: Buffer, path: string): readonly X509Certificate[] {
  const blocks = pem.toString('latin1').match(CERTIFICATE);
  if (blocks === null) throw unusable(`${path} holds no certificate (PEM)`, COPY);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw unusable(`${path} holds a certificate that is damaged`, COPY, { cause });
  }
}

function keyOf(pem: Buffer, path: string): KeyObject {
  if (ENCRYPTED.test(pem.toString('latin1'))) {
    const hint = `Take the password away: \`openssl pkey -in ${path} -out NEW\`; the file's mode guards it.`;
    throw unusable(`the key ${path} has a password`, hint);
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unusable(`${path} holds no private key (PEM)`, COPY, { cause });
  }
}

function checkTimes({ validFromDate, validToDate }: X509Certificate, what: string, now: number) {
  const hint =
    'Make a new one (`ceph2zfs pki renew NAME`) and copy its files; the next run takes them.';
  if (now > validToDate.getTime())
    throw unusable(`${what} has expired on ${day(validToDate)}`, hint);
  if (now >= validFromDate.getTime()) return;
  const message = `${what} is not valid before ${validFromDate.toISOString()}`;
  throw unusable(message, 'Set the clock of this machine, or that of the authority.');
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** What only OpenSSL can tell: a list of what is revoked that is none, a key that is too weak. */
function checkWhole(files: Bytes, { ca, cert, key, crl }: TlsPaths): void {
  try {
    createSecureContext(files);
  } catch (cause) {
    const names = [ca, cert, key, ...(crl === undefined ? [] : [crl])].join(', ');
    throw unusable(`OpenSSL does not take ${names} together`, COPY, { cause });
  }
}
