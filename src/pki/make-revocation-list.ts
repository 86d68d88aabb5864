import { SIGNING } from './keys.ts';
import type { Signer } from './make-certificate.ts';
import type { Register } from './register.ts';
import { signedAt } from './validity.ts';
import {
  AuthorityKeyIdentifierExtension,
  Extension,
  PemConverter,
  X509CrlGenerator,
} from './x509.ts';

const CRL_NUMBER = '2.5.29.20';

/**
 * Makes the list of what is revoked, as text (PEM). It is valid for as long as its authority: OpenSSL refuses every
 * certificate when the list has run out, and nothing should stop because nobody made a new list.
 */
export async function makeRevocationList(
  { crlNumber, certificates }: Register,
  { certificate, key }: Signer,
  now: number,
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: certificate.subjectName,
    thisUpdate: new Date(signedAt(now)),
    nextUpdate: certificate.notAfter,
    entries: certificates.flatMap(({ serial, revokedAt }) =>
      revokedAt === null
        ? []
        : [{ serialNumber: serial, revocationDate: new Date(signedAt(revokedAt)) }],
    ),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      new Extension(CRL_NUMBER, false, derInteger(crlNumber)),
    ],
    signingAlgorithm: SIGNING,
    signingKey: key,
  });
  // The library's own heading is one that OpenSSL does not know.
  return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

/** A whole number, not negative, as an INTEGER of ASN.1. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  // A first bit that is set would make it negative.
  const sign = bytes.readUInt8(0) >= 0x80 ? [0] : [];
  return Uint8Array.from([2, bytes.length + sign.length, ...sign, ...bytes]);
}
