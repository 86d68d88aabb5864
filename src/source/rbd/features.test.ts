import { describe, expect, it } from 'vitest';
import { featureNames, flagNames } from './features.ts';

describe('bits of an image', () => {
  it('have the names that rbd shows', () => {
    expect(featureNames(0b111101n)).toEqual([
      'layering',
      'exclusive-lock',
      'object-map',
      'fast-diff',
      'deep-flatten',
    ]);
    expect(flagNames(3n)).toEqual(['object map invalid', 'fast diff invalid']);
    expect(flagNames(0n)).toEqual([]);
  });

  it('that a newer Ceph may have get a number', () => {
    expect(featureNames(1n << 40n)).toEqual(['feature-40']);
  });
});
