import { describe, expect, it } from 'vitest';
import { cPath, formatDirectoryName, parseDirectoryName, snapshotPath } from './path.ts';

describe('the name of a directory', () => {
  it.each([
    ['/', []],
    ['/home', ['home']],
    ['/volumes/a b/ü', ['volumes', 'a b', 'ü']],
  ])('is an absolute path: %s', (name, parts) => {
    expect(parseDirectoryName(name)).toEqual(parts);
    expect(formatDirectoryName(parts)).toBe(name);
  });

  it.each(['', 'home', '/home/', '//home', '/a/../b', '/a/./b', '/a/.snap/b', '/a\0b'])(
    'is nothing else: %j',
    (name) => {
      expect(() => parseDirectoryName(name)).toThrow(
        expect.objectContaining({ code: 'directory-missing' }),
      );
    },
  );
});

describe('paths', () => {
  it('lead to the snapshots of a directory', () => {
    expect(snapshotPath('/')).toBe('/.snap');
    expect(snapshotPath('/a', 's')).toBe('/a/.snap/s');
  });

  it('are for C in memory of their own, and end with a NUL', () => {
    for (const path of ['ü', Buffer.from('ü')]) {
      const bytes = cPath(path);
      expect([...bytes]).toEqual([0xc3, 0xbc, 0]);
      expect(bytes.buffer.byteLength).toBe(3);
    }
  });
});
