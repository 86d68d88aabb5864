import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { blkDeviceSize, blkDiscard, eventfd, flock, resetEventfd, zvolName } from './libc.ts';
import { allocateAligned } from './memory.ts';

const opened: number[] = [];
const directory = mkdtempSync(join(tmpdir(), 'ceph2zfs-libc-'));

function open(flags = 'w'): number {
  const fd = openSync(join(directory, 'file'), flags);
  opened.push(fd);
  return fd;
}

afterEach(() => {
  for (const fd of opened.splice(0)) closeSync(fd);
  rmSync(join(directory, 'file'), { force: true });
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('flock', () => {
  it('takes a free lock, and refuses one that another open file holds', () => {
    const first = open();
    const second = open();
    expect(flock(first)).toBe(true);
    expect(flock(second)).toBe(false);
  });

  it('frees the lock when its file is closed', () => {
    const first = openSync(join(directory, 'file'), 'w');
    expect(flock(first)).toBe(true);
    closeSync(first);
    expect(flock(open())).toBe(true);
  });

  it('says which errno made it fail', () => {
    expect(() => flock(-1)).toThrow('flock failed: EBADF (errno 9)');
  });
});

describe('block device requests', () => {
  it('do not take a plain file for a zvol', () => {
    expect(zvolName(open())).toBeNull();
  });

  it('fail on a plain file with the name of the request', async () => {
    const fd = open();
    expect(() => blkDeviceSize(fd)).toThrow('ioctl(BLKGETSIZE64) failed: ENOTTY');
    await expect(blkDiscard(fd, 0, 4096)).rejects.toThrow('ioctl(BLKDISCARD) failed: ENOTTY');
  });
});

describe('eventfd', () => {
  it('can be reset though it was never set', () => {
    const fd = eventfd();
    opened.push(fd);
    resetEventfd(fd);
  });
});

describe('allocateAligned', () => {
  it.each([1, 4096, 5000, 4 * 1024 * 1024])('gives %i bytes that start at a page', (bytes) => {
    const buffer = allocateAligned(bytes);
    expect(buffer.length).toBe(bytes);
    expect(koffi.address(buffer) % 4096n).toBe(0n);
    expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});
