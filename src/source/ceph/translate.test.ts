import { describe, expect, it } from 'vitest';
import { ErrnoError, errno } from '../../native/errno.ts';
import { LibraryMissingError } from '../../native/load.ts';
import { CephError } from './errors.ts';
import { translate } from './translate.ts';

describe('translate', () => {
  const what = 'cannot open image rbd/vm';

  it.each([
    ['ENOENT', 'image-missing', 'never'],
    ['EPERM', 'permission-denied', 'never'],
    ['EROFS', 'not-primary', 'never'],
    ['EBUSY', 'snapshot-busy', 'backoff'],
    ['ETIMEDOUT', 'cluster-unreachable', 'backoff'],
    ['ESHUTDOWN', 'client-blocklisted', 'reconnect'],
    ['EIO', 'ceph-failed', 'backoff'],
  ])('makes %s the error %s', (name, code, retry) => {
    const cause = new ErrnoError('rbd_open', errno(name));
    const error = translate(cause, { what, missing: 'image-missing' });
    expect(error).toMatchObject({ code, retry, cause, hint: expect.any(String) });
    expect(error).toMatchObject({ message: expect.stringContaining(`${name}, errno`) });
    expect(error).toMatchObject({ message: expect.stringContaining(what) });
  });

  it('leaves an error alone that is for the operator already', () => {
    const error = new CephError('image-replaced', 'another image');
    expect(translate(error, { what })).toBe(error);
  });

  it('names the package of a library that is missing', () => {
    const cause = new LibraryMissingError('librbd.so.1', 'librbd1', new Error('no such file'));
    expect(translate(cause, { what })).toMatchObject({
      code: 'library-missing',
      hint: expect.stringContaining('apt-get install librbd1'),
    });
  });
});
