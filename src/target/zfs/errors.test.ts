import { describe, expect, it } from 'vitest';
import { commandError } from './errors.ts';

const CASES = [
  ["cannot open 'tank/x': dataset does not exist", 'dataset-missing'],
  ["cannot create 'tank/x': dataset already exists", 'dataset-exists'],
  ["cannot create snapshot 'tank/x@y': out of space", 'pool-full'],
  ["cannot set property for 'tank/x': size is greater than available space", 'pool-full'],
  ["cannot create 'tank/x': encryption root's key is not loaded or provided", 'key-not-loaded'],
  ["cannot create 'tank/x': permission denied", 'permission-denied'],
  ["cannot destroy 'tank/x': dataset is busy", 'zvol-busy'],
  ["cannot rollback to 'a@b': more recent snapshots or bookmarks exist", 'target-changed'],
  ['internal error: something else', 'zfs-failed'],
] as const;

describe('the words of a zfs command', () => {
  it.each(CASES)('%j means %s, and are told whole', (stderr, code) => {
    const error = commandError(['zfs', 'x', 'a b'], {
      stderr: `${stderr}\n`,
      ending: 'failed with exit status 1',
      cause: undefined,
    });
    expect(error.code).toBe(code);
    expect(error.message).toBe(`\`zfs x a b\` failed with exit status 1: ${stderr}`);
  });
});
