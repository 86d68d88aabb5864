import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  datasetName,
  escapeComponent,
  parseDatasetName,
  parseTreeDataset,
  treeDataset,
  unescapeComponent,
} from './dataset-name.ts';

describe('names of datasets', () => {
  it('keep ordinary names as they are', () => {
    expect(datasetName('tank/backup', 'rbd/vm-1.disk_0', 1)).toBe(
      'tank/backup/rbd/rbd/vm-1.disk_0',
    );
    expect(datasetName('tank', 'rbd/ns1/vm', 3)).toBe('tank/rbd/rbd/ns1/vm::3');
  });

  it('escape what ZFS does not take, and the escape sign itself', () => {
    expect(escapeComponent('a:b c%ü')).toBe('a:3Ab:20c:25:C3:BC');
    expect(escapeComponent('..')).toBe(':2E:2E');
  });

  it('give any name back, and only from its one spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const name = Buffer.from(text).toString('utf8');
        const escaped = escapeComponent(name);
        expect(escaped).toMatch(/^[A-Za-z0-9._:-]+$/);
        expect(escaped).not.toMatch(/^\.+$|::/);
        expect(unescapeComponent(escaped)).toBe(name);
      }),
    );
    expect(unescapeComponent('a:62')).toBeNull();
    expect(unescapeComponent('a:3a')).toBeNull();
    expect(unescapeComponent('a:')).toBeNull();
  });

  it('lead back to source and generation', () => {
    expect(parseDatasetName('tank', 'tank/rbd/p/ns/i::12')).toEqual({
      source: 'p/ns/i',
      generation: 12,
    });
    for (const other of [
      'tank/rbd/p',
      'tank/rbd/p/i::1',
      'tank/rbd/p/i::02',
      'tank/x/p/i',
      'tank/rbd/a/b/c/d',
      'tank/rbd/p/i::2::3',
    ]) {
      expect(parseDatasetName('tank', other)).toBeNull();
    }
  });

  it('of a tree follow its path, and lead back to it', () => {
    expect(treeDataset('tank', 'cephfs', '/volumes/a b', 1)).toBe(
      'tank/cephfs/cephfs/volumes/a:20b',
    );
    expect(treeDataset('tank', 'cephfs', '/', 1)).toBe('tank/cephfs/cephfs');
    expect(treeDataset('tank', 'cephfs', '/', 2)).toBe('tank/cephfs/cephfs::2');
    for (const [source, generation] of [
      ['/', 1],
      ['/', 2],
      ['/home/ü/..x', 1],
      ['/home', 12],
    ] as const) {
      const dataset = treeDataset('tank/x', 'fs:1', source, generation);
      expect(parseTreeDataset('tank/x', dataset)).toEqual({
        filesystem: 'fs:1',
        source,
        generation,
      });
    }
    for (const other of ['tank/cephfs', 'tank/cephfs/a::2/b', 'tank/rbd/a', 'tank/cephfs/a/b::1']) {
      expect(parseTreeDataset('tank', other)).toBeNull();
    }
  });

  it('that would be too long are refused with what to do', () => {
    expect(() => datasetName('tank', `rbd/${'x'.repeat(200)}`, 1)).toThrow(/255/);
    expect(() => treeDataset('tank', 'fs', '/abc'.repeat(50), 1)).toThrow(/255/);
  });
});
