import { expect, it } from 'vitest';
import { clientName } from '../../src/config/names.ts';
import { isClientName } from '../../src/transport/protocol/names.ts';

const NAMES = [
  'pve-1',
  'a',
  'constructor',
  'x'.repeat(63),
  'x'.repeat(64),
  '-a',
  'a/b',
  'a b',
  'ü',
];

it.each([...NAMES, ''])('%j is the name of a client if it is one in the protocol', (name) => {
  expect(clientName.read(name).ok).toBe(isClientName(name));
});
