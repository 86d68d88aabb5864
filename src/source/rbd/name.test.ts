import { describe, expect, it } from 'vitest';
import { formatImageName, parseImageName } from './name.ts';

describe('names of images', () => {
  it.each([
    ['rbd/vm', { pool: 'rbd', namespace: '', image: 'vm' }],
    ['rbd/tenant/vm 1 ü', { pool: 'rbd', namespace: 'tenant', image: 'vm 1 ü' }],
  ])('%s is read and written alike', (name, parts) => {
    expect(parseImageName(name)).toEqual(parts);
    expect(formatImageName(parts)).toBe(name);
  });

  it.each(['', 'vm', '/vm', 'rbd/', 'rbd//vm', 'a/b/c/d'])('%j is none', (name) => {
    expect(() => parseImageName(name)).toThrow(`${JSON.stringify(name)} is no name of an image`);
  });
});
