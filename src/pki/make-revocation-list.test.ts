import { expect, it } from 'vitest';
import { readKey } from './keys.ts';
import { makeAuthority } from './make-certificate.ts';
import { makeRevocationList } from './make-revocation-list.ts';
import { EMPTY_REGISTER, type Registered } from './register.ts';
import { newSerial } from './serial.ts';
import { validFor } from './validity.ts';
import { X509Certificate, X509Crl } from './x509.ts';

const now = Date.UTC(2026, 10, 23);
const validity = validFor(365, now);
const made = await makeAuthority(validity);
const signer = { certificate: new X509Certificate(made.certificate), key: readKey(made.key) };

function registered(revokedAt: number | null): Registered {
  const identity = { role: 'client', name: 'pve-1', addresses: [] } as const;
  return { ...identity, serial: newSerial(), ...validity, revokedAt };
}

it('has the serial numbers of what is revoked, is signed, and ends with its authority', async () => {
  const [good, bad] = [registered(null), registered(now)];
  const register = { ...EMPTY_REGISTER, certificates: [good, bad] };
  const list = new X509Crl(await makeRevocationList(register, signer, now));
  expect(list.entries.map(({ serialNumber }) => serialNumber.toUpperCase())).toEqual([bad.serial]);
  expect(list.nextUpdate?.getTime()).toBe(validity.notAfter);
  expect(list.thisUpdate.getTime()).toBe(now - 300_000);
  expect(list.issuer).toBe(signer.certificate.subject);
  expect(await list.verify({ publicKey: signer.certificate.publicKey })).toBe(true);
});

it.each([
  [0, '020100'],
  [127, '02017f'],
  [128, '02020080'],
  [255, '020200ff'],
  [256, '02020100'],
  [32_768, '0203008000'],
])('tells that it is number %i', async (crlNumber, der) => {
  const register = { ...EMPTY_REGISTER, crlNumber };
  const list = new X509Crl(await makeRevocationList(register, signer, now));
  const { value } = list.getExtension('2.5.29.20') ?? {};
  expect(value && Buffer.from(value).toString('hex')).toBe(der);
});
