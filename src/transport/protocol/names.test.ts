import { describe, expect, it } from 'vitest';
import {
  datasetBeneath,
  isClientName,
  relativeDataset,
  requireSnapshotName,
  requireSourceName,
  requireTreePath,
} from './names.ts';

const refused = expect.objectContaining({ code: 'name-invalid', retry: 'never' });

describe('the name of a dataset', () => {
  it('is beneath the root', () => {
    expect(datasetBeneath('tank/alpha', 'rbd/pool/im:20age::2')).toBe(
      'tank/alpha/rbd/pool/im:20age::2',
    );
    expect(relativeDataset('tank/alpha', 'tank/alpha/rbd/x')).toBe('rbd/x');
    expect(relativeDataset('tank/alpha', 'tank/alphabet/rbd/x')).toBeNull();
    expect(relativeDataset('tank/alpha', 'tank/alpha')).toBeNull();
  });

  it.each([
    '',
    '..',
    '../beta',
    'rbd/../../beta',
    'rbd/./x',
    '/tank/beta',
    'rbd//x',
    'rbd/x/',
    'rbd/x@snapshot',
    'rbd/x#bookmark',
    'rbd/x%recv',
    'rbd/x\0',
    'rbd/x\n',
    'rbd/x y',
    'rbd/ü',
    `rbd/${'x'.repeat(300)}`,
  ])('is not %j', (name) => {
    expect(() => datasetBeneath('tank/alpha', name)).toThrow(refused);
  });
});

it.each(['', 'a@b', 'a/b', '%recv', 'a\nb', 'a\0', 'x'.repeat(300)])(
  'no snapshot has the name %j',
  (name) => {
    expect(() => requireSnapshotName(name)).toThrow(refused);
    expect(() => requireSnapshotName('c2z_2026-11-23T14:00:00Z')).not.toThrow();
  },
);

describe('the name of a source', () => {
  it.each(['rbd/image', 'rbd/ns/im@ge %', '/', '/a/b', '/a\nb/%', 'rbd/...'])(
    'may be %j',
    (name) => {
      expect(() => requireSourceName(name)).not.toThrow();
    },
  );

  it.each([
    '',
    'rbd//x',
    'rbd/',
    '//',
    '/a/../b',
    '..',
    '/.',
    'a\0b',
    'rbd/\ud800',
    '/a'.repeat(9000),
  ])('is not %j', (name) => {
    expect(() => requireSourceName(name)).toThrow(refused);
  });
});

describe('the path of an entry', () => {
  it.each(['a', 'a/b', '..x', 'a/...', 'a\n%@/ü'])('may be %j', (path) => {
    expect(() => requireTreePath(Buffer.from(path))).not.toThrow();
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/./b',
    'a\0',
    'x'.repeat(256),
    'a/'.repeat(9000),
  ])('is not %j', (path) => {
    expect(() => requireTreePath(Buffer.from(path))).toThrow(refused);
  });

  it('may be that of the top where this is allowed', () => {
    expect(() => requireTreePath(Buffer.alloc(0), 'top')).not.toThrow();
    expect(() => requireTreePath(Buffer.from('..'), 'top')).toThrow(refused);
  });
});

it.each([
  ['alpha', true],
  ['host-1.example', true],
  ['', false],
  ['..', false],
  ['a/b', false],
  ['a@b', false],
  ['a\0', false],
  ['a b', false],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  [['alpha', 'beta'], false],
  [undefined, false],
] as const)('whether %j is the name of a client: %s', (name, is) => {
  expect(isClientName(name)).toBe(is);
});
