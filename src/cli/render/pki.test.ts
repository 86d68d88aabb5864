import { describe, expect, it } from 'vitest';
import type { Issued } from '../../pki/add-certificate.ts';
import type { Listed } from '../../pki/list.ts';
import { certificateLines, initLines, issuedLines, renewedLines, revokedLines } from './pki.ts';

const notBefore = Date.UTC(2026, 10, 23, 14);
const notAfter = Date.UTC(2027, 10, 23, 14);
const DAYS_LEFT = 365;

const CLIENT: Issued = {
  role: 'client',
  name: 'pve-1',
  addresses: [],
  serial: '4A',
  notBefore,
  notAfter,
  certificate: '/pki/issued/pve-1/2/pve-1.crt',
  key: '/pki/issued/pve-1/2/pve-1.key',
  authority: '/pki/ca.crt',
  revocationList: '/pki/crl.pem',
  isShortened: false,
  revoked: [],
};

const SINK: Issued = {
  ...CLIENT,
  role: 'sink',
  name: 'backup',
  addresses: ['2001:db8::7', 'b.example.org'],
  certificate: '/pki/issued/backup/1/backup.crt',
  key: '/pki/issued/backup/1/backup.key',
};

const LISTED: Listed = {
  role: 'client',
  name: 'pve-1',
  addresses: [],
  serial: '4A',
  notBefore,
  notAfter,
  revokedAt: null,
  state: 'valid',
  daysLeft: DAYS_LEFT,
};

function lines(text: string): string[] {
  return text.replaceAll(/^ {4}/gm, '').trim().split('\n');
}

describe('of a new certificate is told what goes where', () => {
  it('for a client', () => {
    const expected = lines(`
    issued a certificate of the client pve-1, valid until 2027-11-23

    Copy to the machine that pushes as pve-1, then remove the key here:
      FROM                           TO                           MODE
      /pki/issued/pve-1/2/pve-1.crt  /etc/ceph2zfs/tls/pve-1.crt  0644
      /pki/issued/pve-1/2/pve-1.key  /etc/ceph2zfs/tls/pve-1.key  0600
      /pki/ca.crt                    /etc/ceph2zfs/tls/ca.crt     0644
      /pki/crl.pem                   /etc/ceph2zfs/tls/crl.pem    0644
    `);
    expect(issuedLines(CLIENT)).toEqual(expected);
  });

  it('for a sink', () => {
    const expected = lines(`
    issued a certificate of the sink backup, valid until 2027-11-23, when its authority ends

    Copy to the sink, then remove the key here:
      FROM                             TO                            MODE
      /pki/issued/backup/1/backup.crt  /etc/ceph2zfs/tls/backup.crt  0644
      /pki/issued/backup/1/backup.key  /etc/ceph2zfs/tls/backup.key  0600
      /pki/ca.crt                      /etc/ceph2zfs/tls/ca.crt      0644
      /pki/crl.pem                     /etc/ceph2zfs/tls/crl.pem     0644
    `);
    expect(issuedLines({ ...SINK, isShortened: true })).toEqual(expected);
  });
});

describe('of a newer certificate is told', () => {
  it('which two files have to be replaced', () => {
    expect(renewedLines(CLIENT)).toEqual(
      lines(`
    issued a newer certificate of the client pve-1, valid until 2027-11-23

    Copy to the machine that pushes as pve-1, then remove the key here:
      FROM                           TO                           MODE
      /pki/issued/pve-1/2/pve-1.crt  /etc/ceph2zfs/tls/pve-1.crt  0644
      /pki/issued/pve-1/2/pve-1.key  /etc/ceph2zfs/tls/pve-1.key  0600

    Older ones stay valid until they end.
    `),
    );
  });

  it('what became of the older ones', () => {
    const shown = renewedLines({ ...CLIENT, revoked: ['4B'] });
    expect(shown).toContain('revoked 1 certificate of pve-1: 4B');
    expect(shown.at(-1)).toBe('  /pki/crl.pem  /etc/ceph2zfs/tls/crl.pem  0644');
  });
});

describe('of what is revoked is told', () => {
  it.each([
    ['client', 'Copy the list to each sink:'],
    ['sink', 'Copy the list to each machine that pushes to it:'],
  ] as const)('who has to know, when it is of a %s', (role, text) => {
    const shown = revokedLines({ ...CLIENT, role, revoked: ['4A', '4B'] });
    expect(shown[0]).toBe('revoked 2 certificates of pve-1: 4A, 4B');
    expect(shown[2]).toMatch(text);
  });

  it('that it was before', () => {
    expect(revokedLines(CLIENT)[0]).toMatch('all certificates of pve-1 were revoked before');
  });
});

describe('the list', () => {
  it('has what ends first at the top, and what is over at the end', () => {
    const shown = certificateLines([
      { ...LISTED, name: 'gone', state: 'revoked', revokedAt: notBefore },
      { ...LISTED, name: 'old', state: 'expired', daysLeft: -3 },
      { ...LISTED, name: 'late', notAfter: notAfter + 86_400_000, daysLeft: DAYS_LEFT + 1 },
      { ...LISTED, role: 'sink', name: 'soon', addresses: ['::1', 'b'] },
    ]);
    expect(shown).toEqual(
      lines(`
    NAME  ROLE    STATE    UNTIL       DAYS LEFT  SERIAL  ADDRESSES
    soon  sink    valid    2027-11-23        365  4A      ::1 b
    late  client  valid    2027-11-24        366  4A
    old   client  expired  2027-11-23          -  4A
    gone  client  revoked  2027-11-23          -  4A
    `),
    );
  });

  it('may be empty', () => {
    expect(certificateLines([])).toEqual(['no certificates']);
  });
});

it('of a new authority is told what must be kept secret', () => {
  const paths = { certificate: '/pki/ca.crt', key: '/pki/ca.key', revocationList: '/pki/crl.pem' };
  const [first, second] = initLines({ serial: '4A', notBefore, notAfter, ...paths });
  expect(first).toBe('made a certificate authority in /pki, valid until 2027-11-23');
  expect(second).toContain('/pki/ca.key');
});
