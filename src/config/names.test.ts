import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotName } from '../core/snapshot-name.ts';
import { datasetProblem, jobName, snapshotPrefix } from './names.ts';

describe('the name of a dataset', () => {
  it.each(['tank', 'tank/backup', 'tank/a.b/c-d_e:f', 'tank/with space', 'T1/9'])(
    '%j is allowed',
    (name) => {
      expect(datasetProblem(name)).toBe(null);
    },
  );

  it.each([
    ['/tank', 'begins with "/"'],
    ['tank/', 'ends with "/"'],
    ['tank//b', 'contains "//"'],
    ['tank@monday', 'for snapshots and bookmarks'],
    ['tank/a#b', 'for snapshots and bookmarks'],
    ['tank/ü', 'contains "ü"'],
    ['tank/a\nb', 'contains "\\n"'],
    ['tank/a ', 'begins or ends with a space'],
    ['1tank', 'does not begin with a letter'],
    ['mirror/a', 'for itself'],
    ['raidz2', 'for itself'],
    ['log/a', 'for itself'],
    ['tank/../a', 'contains "." or ".."'],
    ['t'.repeat(256), 'longer than 255'],
  ])('%j is not', (name, problem) => {
    expect(datasetProblem(name)).toContain(problem);
  });
});

describe('a prefix of snapshots', () => {
  it.each(['c2z', 'nightly_1', 'a.b-c', '9'])('%j is allowed', (prefix) => {
    expect(snapshotPrefix.read(prefix)).toEqual({ ok: true, value: prefix });
  });

  it.each(['', '-a', '_a', '.a', 'a@b', 'a/b', 'a b', 'ä', 'a'.repeat(65)])(
    '%j is not',
    (prefix) => {
      expect(snapshotPrefix.read(prefix).ok).toBe(false);
    },
  );

  it('is found again in the name of a snapshot, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), (prefix) => {
        expect(snapshotPrefix.read(prefix).ok).toBe(true);
        expect(snapshotName(prefix, new Date(0))).toBe(`${prefix}_1970-01-01T00:00:00Z`);
      }),
    );
  });
});

it('a job may be named with a number only when it is in quotes', () => {
  expect(jobName.read('7').ok).toBe(true);
  expect(jobName.read(7)).toMatchObject({ ok: false, problem: expect.stringContaining('quotes') });
});
