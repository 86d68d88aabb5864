import { describe, expect, it } from 'vitest';
import {
  EMPTY_REGISTER,
  parseRegister,
  type Register,
  type Registered,
  revokeSerials,
  unrevoked,
  writeRegister,
} from './register.ts';

function registered(digit: string, name: string, revokedAt: number | null = null): Registered {
  const identity = { role: 'client', name, addresses: ['::1'] } as const;
  return { ...identity, serial: digit.repeat(32), notBefore: 1000, notAfter: 2000, revokedAt };
}

const REGISTER: Register = {
  ...EMPTY_REGISTER,
  crlNumber: 7,
  certificates: [registered('4', 'a', 1500), registered('5', 'a'), registered('6', 'b')],
};

describe('the register', () => {
  it('is read as it was written', () => {
    expect(parseRegister(writeRegister(REGISTER))).toEqual({ ok: true, value: REGISTER });
  });

  it.each([
    ['', 'not JSON'],
    ['{}', 'version'],
    [JSON.stringify({ ...REGISTER, version: 2 }), 'version'],
    [JSON.stringify({ ...REGISTER, more: 1 }), 'more'],
    [JSON.stringify({ ...REGISTER, crlNumber: -1 }), 'crlNumber'],
    [writeRegister(REGISTER).replace('"4444', '"444'), 'serial'],
    [writeRegister(REGISTER).replace('"client"', '"root"'), 'role'],
  ])('is refused when it is not understood: %s', (text, problem) => {
    const result = parseRegister(text);
    expect(result.ok ? 'parsed' : result.problem).toContain(problem);
  });

  it('knows what is not revoked', () => {
    expect(unrevoked(REGISTER, 'a').map(({ serial }) => serial)).toEqual(['5'.repeat(32)]);
    expect(unrevoked(REGISTER, 'c')).toEqual([]);
  });

  it('remembers when a certificate was revoked, and counts the lists', () => {
    const after = revokeSerials(REGISTER, ['6'.repeat(32)], 1700);
    expect(after.certificates.map(({ revokedAt }) => revokedAt)).toEqual([1500, null, 1700]);
    expect(after.crlNumber).toBe(8);
  });
});
