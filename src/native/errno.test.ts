import { describe, expect, it } from 'vitest';
import { check, errno, errnoName } from './errno.ts';
import { cString, growing, splitNuls } from './strings.ts';

describe('errno', () => {
  it('has names for numbers and numbers for names', () => {
    expect(errnoName(2)).toBe('ENOENT');
    expect(errnoName(11)).toBe('EAGAIN');
    expect(errnoName(108)).toBe('ESHUTDOWN');
    expect(errnoName(9999)).toBe('E9999');
    expect(errno('ENOENT')).toBe(2);
    expect(() => errno('ENONSENSE')).toThrow('ENONSENSE');
  });

  it('makes an error of a negative result only', () => {
    expect(check('f', 7)).toBe(7);
    expect(() => check('rbd_open', -2)).toThrow('rbd_open failed: ENOENT (errno 2)');
  });
});

describe('strings from C', () => {
  it('end at a NUL', () => {
    expect(cString(Buffer.from('grün\0rest'))).toBe('grün');
    expect(cString(Buffer.from('whole'))).toBe('whole');
    expect(splitNuls(Buffer.from('a\0bé\0\0\0'))).toEqual(['a', 'bé']);
  });
});

describe('growing', () => {
  it('tries again with more room while it does not fit', async () => {
    const rooms: number[] = [];
    const result = await growing('f', 10, async (room) => {
      rooms.push(room);
      return room < 40 ? -errno('ERANGE') : 3;
    });
    expect(result).toBe(3);
    expect(rooms).toEqual([10, 20, 40]);
  });

  it('throws any other error', async () => {
    const call = growing('f', 10, async () => -errno('EPERM'));
    await expect(call).rejects.toThrow('f failed: EPERM (errno 1)');
  });
});
