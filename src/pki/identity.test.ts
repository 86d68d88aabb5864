import { describe, expect, it } from 'vitest';
import { checkIdentity } from './identity.ts';

describe('a name', () => {
  it.each(['a', 'pve-1', 'ceph.example.org', 'Node_7', '9', 'a'.repeat(64)])(
    '%j is allowed',
    (name) => {
      checkIdentity({ role: 'client', name, addresses: [] });
    },
  );

  it.each([
    '',
    '.',
    '..',
    'ca',
    '.a',
    '-a',
    '_a',
    'a/b',
    '../a',
    'a@b',
    'a%b',
    'a b',
    'a,O=b',
    'a=b',
    'a:b',
    'a\0',
    'a\n',
    '\na',
    'ä',
    '*',
    'a'.repeat(65),
  ])('%j is not', (name) => {
    expect(() => checkIdentity({ role: 'client', name, addresses: [] })).toThrow(
      expect.objectContaining({ code: 'pki-argument' }),
    );
  });
});

describe('an address of a sink', () => {
  it.each(['backup', 'backup.example.org', 'b_1.lan', '192.0.2.7', '2001:db8::7', '::1'])(
    '%j is allowed',
    (address) => checkIdentity({ role: 'sink', name: 'backup', addresses: [address] }),
  );

  it.each([
    '',
    'backup:8470',
    '[::1]',
    '*.example.org',
    'a..b',
    '.a',
    'a.',
    '-a',
    'a-.b',
    '192.0.2.300',
    'fe80::1%eth0/64',
    'https://backup',
    'a\0b',
    'ü.example.org',
    `${'a'.repeat(64)}.org`,
    'a.'.repeat(127),
  ])('%j is not', (address) => {
    const check = () => checkIdentity({ role: 'sink', name: 'backup', addresses: [address] });
    expect(check).toThrow('is no address of a host');
  });
});
