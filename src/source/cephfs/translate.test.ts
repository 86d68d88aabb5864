import { describe, expect, it } from 'vitest';
import { ErrnoError, errno } from '../../native/errno.ts';
import { translatingCephfs } from './translate.ts';

const what = 'cannot read /home/file';

function failing(code: string): () => never {
  return () => {
    throw new ErrnoError('ceph_read', errno(code));
  };
}

describe('translatingCephfs', () => {
  it.each([
    ['EROFS', 'permission-denied'],
    ['ETIMEDOUT', 'mds-unavailable'],
    // What has no meaning of its own in a CephFS.
    ['ESHUTDOWN', 'client-blocklisted'],
  ])('makes %s the error %s', async (errnoCode, code) => {
    await expect(translatingCephfs({ what }, failing(errnoCode))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(what),
    });
  });

  it('gives a hint that fits a CephFS, unless there is one that fits better', async () => {
    const context = { what, otherwise: 'read-failed' } as const;
    const usual = translatingCephfs(context, failing('EIO'));
    await expect(usual).rejects.toMatchObject({ hint: expect.stringContaining('ceph tell mds') });
    const better = { ...context, hints: { 'read-failed': 'Wait.' } };
    await expect(translatingCephfs(better, failing('EIO'))).rejects.toMatchObject({
      hint: 'Wait.',
    });
  });

  it('lets the caller say what an errno means instead', async () => {
    const context = { what, meanings: { EROFS: ['snapshot-busy', 'it is busy'] } } as const;
    const busy = translatingCephfs(context, failing('EROFS'));
    await expect(busy).rejects.toMatchObject({ code: 'snapshot-busy' });
  });

  it('leaves a result as it is', async () => {
    expect(await translatingCephfs({ what }, () => 7)).toBe(7);
  });
});
