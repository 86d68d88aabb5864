import { createPrivateKey, KeyObject, type webcrypto } from 'node:crypto';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** How certificates and lists are signed. */
export const SIGNING = { ...CURVE, hash: 'SHA-256' } as const;

export function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

/** A private key as the text that OpenSSL and node:tls read (PKCS #8), without a password. */
export function keyText(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads what {@link keyText} wrote; the key can only sign. Throws what OpenSSL says, or that the key is of another kind. */
export function readKey(text: string): webcrypto.CryptoKey {
  return createPrivateKey(text).toCryptoKey(CURVE, false, ['sign']);
}
