import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Identity, Role } from './identity.ts';
import { keyText, makeKeys, SIGNING } from './keys.ts';
import { newSerial } from './serial.ts';
import type { Validity } from './validity.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

/** A certificate and its private key, as texts (PEM). */
export interface Made {
  readonly serial: string;
  readonly certificate: string;
  readonly key: string;
}

/** What signs certificates and lists. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

const USAGE: Readonly<Record<Role, string>> = {
  sink: ExtendedKeyUsage.serverAuth,
  client: ExtendedKeyUsage.clientAuth,
};

/** Makes the certificate of an authority, signed by itself. It signs certificates and lists, and no further authority. */
export async function makeAuthority(validity: Validity): Promise<Made> {
  const keys = await makeKeys();
  const serial = newSerial();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    // Two authorities of one name could not be told apart where both are trusted.
    name: `CN=ceph2zfs CA ${serial.slice(0, 8)}`,
    ...dates(validity),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { serial, certificate: pem(certificate), key: keyText(keys.privateKey) };
}

/** Makes a key, and a certificate of it that is good for one role only. The identity has been checked. */
export async function makeCertificate(
  { role, name, addresses }: Identity,
  validity: Validity,
  signer: Signer,
): Promise<Made> {
  const keys = await makeKeys();
  const serial = newSerial();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial,
    subject: `CN=${name}`,
    issuer: signer.certificate.subjectName,
    ...dates(validity),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: signer.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([USAGE[role]], true),
      ...(role === 'sink' ? [alternativeNames([name, ...addresses])] : []),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
    ],
  });
  return { serial, certificate: pem(certificate), key: keyText(keys.privateKey) };
}

/** Clients look for the address that they connect to here, and nowhere else. */
function alternativeNames(addresses: readonly string[]): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(
    [...new Set(addresses)].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
  );
}

function dates({ notBefore, notAfter }: Validity) {
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
