import { expect, it } from 'vitest';
import { takeApart } from '../lib/crossed-error.ts';
import { rebuildErrno } from './crossed-errno.ts';
import { ErrnoError } from './errno.ts';

it('an ErrnoError is one again on the other side, and other errors keep what they say', () => {
  const error = rebuildErrno(structuredClone(takeApart(new ErrnoError('ceph_open', 2))));
  expect(error).toBeInstanceOf(ErrnoError);
  expect(error).toMatchObject({ call: 'ceph_open', errno: 2, code: 'ENOENT' });
  const other = rebuildErrno(structuredClone(takeApart(new RangeError('too far'))));
  expect(other).not.toBeInstanceOf(ErrnoError);
  expect(other).toMatchObject({ name: 'RangeError', message: 'too far' });
});
