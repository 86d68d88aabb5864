import { describe, expect, it } from 'vitest';
import { chooseFilesystem } from './filesystems.ts';

function dump(defaultId: number, ...names: readonly string[]) {
  const filesystems = names.map((fs_name, index) => ({ id: index + 1, mdsmap: { fs_name } }));
  return { default_fscid: defaultId, filesystems };
}

describe('the filesystem', () => {
  it.each([
    ['that is named', dump(1, 'a', 'b'), 'b', { name: 'b', id: 2 }],
    ['that is the default', dump(2, 'a', 'b'), undefined, { name: 'b', id: 2 }],
    ['that is the only one to be seen', dump(9, 'a'), undefined, { name: 'a', id: 1 }],
  ])('is the one %s', (_, all, name, expected) => {
    expect(chooseFilesystem(all, name)).toEqual(expected);
  });

  it.each([
    [dump(-1), undefined, 'has no CephFS'],
    [dump(1, 'a', 'b'), 'c', 'no filesystem c; the cluster has: a, b'],
    [dump(-1, 'a', 'b'), undefined, 'no default filesystem, but has: a, b'],
  ])('is missed in words that help: %j, %s', (all, name, message) => {
    expect(() => chooseFilesystem(all, name)).toThrow(
      expect.objectContaining({
        code: 'filesystem-missing',
        message: expect.stringContaining(message),
      }),
    );
  });
});
