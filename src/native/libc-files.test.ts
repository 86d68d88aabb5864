import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errno } from './errno.ts';
import { nextNames } from './libc-dents.ts';
import {
  chmodAt,
  closeFd,
  makeDirectoryAt,
  makeNodeAt,
  makeSymlinkAt,
  OPEN,
  openBeneath,
  openEntry,
  openPath,
  punchHole,
  readFile,
  readLinkAt,
  renameNoReplace,
  setTimesAt,
  setTimesFd,
  truncateFd,
  unlinkAt,
  writeFile,
} from './libc-files.ts';
import { statEntry, statFd, typeBits } from './libc-stat.ts';
import { entryPath, getXattr, listXattrs, removeXattr, setXattr } from './libc-xattr.ts';

const top = mkdtempSync(join(tmpdir(), 'ceph2zfs-files-'));
let root = -1;

beforeAll(() => {
  root = openPath(top, OPEN.directory);
});
afterAll(() => {
  closeFd(root);
  rmSync(top, { recursive: true });
});

function name(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

describe('openBeneath', () => {
  it('neither leaves the directory nor follows a symlink', () => {
    mkdirSync(join(top, 'd/e'), { recursive: true });
    symlinkSync('d', join(top, 'to-d'));
    const fd = openBeneath(root, name('d/e'), OPEN.directory);
    expect(fd).toBeGreaterThan(0);
    closeFd(fd);
    expect(openBeneath(root, name('to-d/e'), OPEN.directory)).toBe(-errno('ELOOP'));
    expect(openBeneath(root, name('to-d'), OPEN.directory)).toBe(-errno('ENOTDIR'));
    expect(openBeneath(root, name('..'), OPEN.directory)).toBe(-errno('EXDEV'));
    expect(openBeneath(root, name('d/../..'), OPEN.directory)).toBe(-errno('EXDEV'));
    expect(openBeneath(root, name('/etc'), OPEN.directory)).toBe(-errno('EXDEV'));
    expect(openBeneath(root, name('none'), OPEN.directory)).toBe(-errno('ENOENT'));
  });

  it('refuses a name that C would cut', () => {
    expect(() => openBeneath(root, name('d\0x'), OPEN.directory)).toThrow('NUL');
  });
});

describe('names in a directory', () => {
  it('can be any bytes', () => {
    const odd = name('\xff\n');
    const fd = openEntry(root, odd, OPEN.readWrite | OPEN.create | OPEN.exclusive, 0o600);
    writeFile(fd, name('hello'), 2);
    const into = Buffer.alloc(10);
    expect(readFile(fd, into, 0)).toBe(7);
    expect(into.toString('latin1', 0, 7)).toBe('\0\0hello');
    truncateFd(fd, 3);
    expect(statFd(fd)).toMatchObject({ type: 'file', mode: 0o600, nlink: 1, size: 3 });
    closeFd(fd);
    const list = openBeneath(root, name('.'), OPEN.directory);
    const found = nextNames(list)?.find((dent) => dent.name.equals(odd));
    expect(found?.type).toBe('file');
    closeFd(list);
    expect(unlinkAt(root, odd)).toBe(0);
    expect(statEntry(root, odd)).toBeNull();
  });

  it('are made, looked at and changed without following a symlink', () => {
    const [outside, link, fifo] = [join(top, 'outside'), name('l'), name('p')];
    writeFileSync(outside, 'x');
    makeSymlinkAt(name('outside'), root, link);
    expect(readLinkAt(root, link).toString()).toBe('outside');
    expect(statEntry(root, link)?.type).toBe('symlink');
    setTimesAt(root, link, 1n, -1n);
    expect(statSync(outside).mtimeMs).toBeGreaterThan(1e12);
    makeNodeAt(root, fifo, typeBits('fifo') | 0o600, 0n);
    chmodAt(root, fifo, 0o4641);
    expect(statEntry(root, fifo)).toMatchObject({ type: 'fifo', mode: 0o4641, rdev: 0n });
    expect(makeDirectoryAt(root, fifo, 0o700)).toBe(-errno('EEXIST'));
    expect(renameNoReplace(root, fifo, root, link)).toBe(-errno('EEXIST'));
    expect(readFileSync(outside, 'utf8')).toBe('x');
  });

  it('have times in nanoseconds, before 1970 too', () => {
    const path = join(top, 'times');
    writeFileSync(path, 'x');
    const fd = openEntry(root, name('times'), OPEN.readWrite);
    setTimesFd(fd, 1n, -1_500_000_001n);
    closeFd(fd);
    const found = statSync(path, { bigint: true });
    expect([found.atimeNs, found.mtimeNs]).toEqual([1n, -1_500_000_001n]);
  });
});

describe('holes', () => {
  it('are punched to the byte, and the size stays', () => {
    const fd = openEntry(root, name('holes'), OPEN.readWrite | OPEN.create, 0o600);
    writeFile(fd, Buffer.alloc(100_000, 7), 0);
    punchHole(fd, 5, 99_000);
    const into = Buffer.alloc(100_001);
    expect(readFile(fd, into, 0)).toBe(100_000);
    expect(into.subarray(0, 5)).toEqual(Buffer.alloc(5, 7));
    expect(into.subarray(5, 99_005).equals(Buffer.alloc(99_000))).toBe(true);
    expect(into[99_005]).toBe(7);
    closeFd(fd);
  });
});

describe('attributes', () => {
  it('are kept by open file and by name', () => {
    writeFileSync(join(top, 'x'), '');
    const fd = openEntry(root, name('x'), OPEN.readWrite);
    const into = Buffer.alloc(16);
    setXattr(fd, name('user.a'), name('value'));
    expect(getXattr(entryPath(root, name('x')), name('user.a'), into)).toBe(5);
    expect(into.toString('utf8', 0, 5)).toBe('value');
    setXattr(entryPath(root, name('x')), name('user.b'), Buffer.alloc(0));
    expect(
      listXattrs(fd)
        .map(String)
        .filter((text) => text.startsWith('user.'))
        .sort(),
    ).toEqual(['user.a', 'user.b']);
    removeXattr(fd, name('user.a'));
    removeXattr(fd, name('user.a'));
    expect(getXattr(fd, name('user.a'), into)).toBe(-errno('ENODATA'));
    expect(getXattr(entryPath(root, name('none')), name('user.a'), into)).toBe(-errno('ENOENT'));
    closeFd(fd);
  });
});
