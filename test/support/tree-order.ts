import type { DirectoryIdentity } from '../../src/core/source.ts';
import type { ScanRecord } from '../../src/core/target.ts';
import type { TreeOrder } from '../../src/core/tree.ts';

export const TREE_SOURCE = '/a';

export const TREE_IDENTITY: DirectoryIdentity = {
  kind: 'cephfs',
  cluster: 'fsid',
  filesystem: '1',
  inode: '1099511627900',
};

export const SCAN: ScanRecord = { takenAt: 2, fullAt: 1, skipped: 0 };

export function treeOrder(name: string, rest: Partial<TreeOrder> = {}): TreeOrder {
  const snapshot = { name, id: name, takenAt: 2 };
  const fixed = { source: TREE_SOURCE, identity: TREE_IDENTITY, snapshot, size: 0 };
  const none = { base: null, resume: false, youngSince: 2n ** 62n };
  return { ...fixed, description: {}, ...none, ...rest };
}
