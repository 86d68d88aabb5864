import { describe, expect, it } from 'vitest';
import { CephError } from '../../src/source/ceph/errors.ts';
import { describeTree } from '../fakes/memory-tree.ts';
import { giveTurns, type TreeDelays } from './delayed.ts';
import { createTreeLab, type TreeLab } from './tree-lab.ts';

const text = (value: string): Buffer => Buffer.from(value);

/** Runs, and expects the newest backup to be what the tree is now. */
async function runExact(made: TreeLab, changes: Parameters<TreeLab['run']>[0] = {}): Promise<void> {
  await made.run(changes);
  const newest = [...made.backups().values()].at(-1);
  expect(newest).toEqual(describeTree(made.tree.inodes));
  expect(made.lentBuffers()).toBe(0);
}

function populated(options: Parameters<typeof createTreeLab>[0] = {}): TreeLab {
  const made = createTreeLab(options);
  const { tree } = made;
  for (const name of ['a', 'a/deep', 'b', 'c']) tree.mkdir(name);
  for (let file = 0; file < 8; file++) {
    tree.write(`a/file-${file}`, 0, text(`a${file}`));
    tree.write(`a/deep/file-${file}`, 0, text(`deep ${file}`));
    tree.write(`b/file-${file}`, 0, text(`b${file}`));
  }
  tree.symlink('link', '/etc/passwd');
  tree.mknod('fifo', 'fifo');
  tree.setxattr('a/file-1', 'user.note', text('x'));
  return made;
}

describe('the backup of a tree', () => {
  it('has everything, with its metadata, after the first run', async () => {
    await runExact(populated());
  });

  it('waits until the snapshot has settled, also before the first scan, and not twice', async () => {
    const made = populated();
    const scan = { mode: 'full', marginMs: 0, settleMs: 20, fullEveryMs: 1 } as const;
    const settling = () =>
      made.events.filter((event) => event.type === 'transfer-phase' && event.phase === 'settling')
        .length;
    made.pool.at('putFile', () => {
      throw new Error('killed');
    });
    await expect(made.run({ scan })).rejects.toThrow('killed');
    expect(settling()).toBe(1);
    made.pool.at('putFile', null);
    made.wait(1);
    await runExact(made, { scan });
    // For the snapshot of its own: the one that it went on with was old.
    expect(settling()).toBe(2);
  });

  it('counts all bytes, of files that are copied side by side too', async () => {
    const made = populated();
    await runExact(made);
    const bytes = 8 * ('a0'.length + 'deep 0'.length + 'b0'.length);
    expect(made.counts()).toMatchObject({ bytesRead: bytes, bytesWritten: bytes });
  });

  it('finds what was written, made, removed, and changed in kind', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    made.tree.write('a/deep/file-3', 2, text('new'));
    made.tree.truncate('b/file-1', 1);
    made.tree.unlink('b/file-2');
    made.tree.unlink('c');
    made.tree.write('c', 0, text('now a file'));
    made.tree.chmod('a', 0o2750);
    made.tree.setxattr('a/file-1', 'user.note', null);
    await runExact(made);
    expect(made.counts()).toMatchObject({ created: 1, removed: 1 });
  });

  it('leaves out directories in which nothing changed for long', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    made.tree.write('b/file-1', 0, text('B'));
    await runExact(made);
    made.wait(60);
    made.tree.write('b/file-1', 0, text('C'));
    await runExact(made);
    expect(made.counts()).toMatchObject({ pruned: 2, scanned: 2, changed: 1, full: false });
  });

  it('makes a rename of a whole tree a rename, and copies nothing', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    made.tree.rename('a', 'c/moved');
    await runExact(made);
    expect(made.counts()).toMatchObject({ renamed: 1, created: 0, removed: 1, bytesRead: 0 });
    // The directory that stayed where it is; nothing within the one that moved.
    expect(made.counts()).toMatchObject({ pruned: 1 });
  });

  it('takes a file out of a directory of the limbo that itself gets a new name', async () => {
    const slow: TreeDelays = (operation, from) =>
      giveTurns(operation === 'move' && from.split('/').length === 3 ? 20 : 0);
    const made = createTreeLab({}, slow);
    made.tree.mkdir('d');
    made.tree.mkdir('d/l');
    made.tree.write('d/l/f', 0, text('f'));
    await runExact(made);
    made.wait(60);
    made.tree.mkdir('n');
    made.tree.rename('d/l', 'n/l');
    made.tree.rename('n/l/f', 'g');
    await runExact(made);
  });

  it('takes a second name away while the first is on its way out of the limbo', async () => {
    const slow: TreeDelays = (operation, from) =>
      giveTurns(operation === 'move' && from === '.limbo/2' ? 20 : 0);
    const made = createTreeLab({}, slow);
    made.tree.write('x', 0, text('x'));
    made.tree.mkdir('m');
    made.tree.link('x', 'm/y');
    await runExact(made);
    made.wait(60);
    made.tree.mkdir('n');
    made.tree.rename('m', 'n/m');
    made.tree.rename('x', 'z');
    made.tree.unlink('n/m/y');
    await runExact(made);
  });

  it('does not take for its own a snapshot that another job made under the name that it had claimed', async () => {
    const made = createTreeLab();
    made.tree.write('f', 0, text('x'));
    await runExact(made);
    made.wait(60);
    let theirs: string | undefined;
    made.filesystem.at('createSnapshot', () => {
      if (theirs !== undefined) return;
      theirs = made.pool.dataset(made.dataset).claim ?? '';
      made.home.snapshot(theirs);
    });
    await runExact(made);
    for (let run = 0; run < 2; run++) {
      made.wait(60);
      await runExact(made);
    }
    expect(made.home.snapshots.map(({ name }) => name)).toContain(theirs);
  });

  it('finds a write to a file whose first name, in another directory, has just gone', async () => {
    const made = createTreeLab();
    made.tree.mkdir('a');
    made.tree.mkdir('b');
    made.tree.write('a/first', 0, text('old'));
    made.tree.link('a/first', 'b/second');
    await runExact(made);
    made.wait(60);
    made.tree.unlink('a/first');
    await runExact(made);
    made.wait(60);
    // It still counts as the other directory's, and moves no rctime here.
    made.tree.write('b/second', 0, text('new'));
    await runExact(made);
  });

  it('goes on with a rename that was cut off in the middle', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    made.tree.rename('a', 'c/moved');
    made.tree.rename('b/file-1', 'c/file');
    let moves = 0;
    made.pool.at('move', () => {
      if (++moves === 3) throw new Error('killed');
    });
    await expect(made.run()).rejects.toThrow('killed');
    made.pool.at('move', null);
    await made.run();
    const resumed = made.events.filter((event) => event.type === 'transfer-finished').at(-2);
    expect(resumed).toMatchObject({ tree: { created: 0, renamed: 2 } });
    expect([...made.backups().values()].at(-1)).toEqual(describeTree(made.tree.inodes));
  });

  it('follows swaps, cycles, and moves into and out of directories that come and go', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    const { tree } = made;
    tree.rename('a', 'x');
    tree.rename('b', 'a');
    tree.rename('x', 'b');
    tree.rename('b/file-1', 'y');
    tree.rename('b/file-2', 'b/file-1');
    tree.rename('b/file-3', 'b/file-2');
    tree.rename('y', 'b/file-3');
    tree.mkdir('new');
    tree.rename('a/file-5', 'new/file-5');
    tree.rename('b/deep', 'new/deep');
    tree.rename('new/deep/file-0', 'file-0');
    tree.unlink('c');
    await runExact(made);
    expect(made.counts()).toMatchObject({ created: 1 });
  });

  it('finds a file that was moved out of a directory that was then removed', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    made.tree.rename('a/deep/file-3', 'b/kept');
    made.tree.unlink('a');
    await runExact(made);
    expect(made.counts()).toMatchObject({ renamed: 1, created: 0 });
  });

  it('keeps hard links, across directories, as they come and go', async () => {
    const made = populated();
    made.tree.link('a/file-1', 'b/other');
    made.tree.link('a/file-1', 'c/third');
    await runExact(made);
    expect(made.counts()).toMatchObject({ linked: 2 });
    made.wait(60);
    made.tree.unlink('a/file-1');
    made.tree.link('b/other', 'again');
    made.tree.link('b/file-1', 'b/late');
    await runExact(made);
    made.wait(60);
    made.tree.rename('b/other', 'b/renamed');
    made.tree.unlink('c/third');
    made.tree.write('c/third', 0, text('a file of its own'));
    await runExact(made);
  });

  it('keeps a hard link between a name that is new and one in a directory that moved', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    made.tree.mkdir('new');
    made.tree.rename('a', 'new/moved');
    made.tree.link('new/moved/deep/file-3', 'new/further');
    await runExact(made);
  });

  it('compares the bytes of a file of which only the metadata seems to have changed, and writes none', async () => {
    const made = populated();
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    made.tree.chmod('a/file-1', 0o600);
    made.tree.rename('a/file-2', 'c/file-2');
    await runExact(made);
    expect(made.counts()).toMatchObject({ bytesRead: 4, changed: 1, renamed: 1, created: 0 });
  });

  it('copies a large file in pieces, and what of it changed', async () => {
    const made = createTreeLab();
    made.tree.write('large', 0, Buffer.alloc(5_000_000, 7));
    await runExact(made);
    made.tree.write('large', 4_999_990, text('the end, and more'));
    await runExact(made);
  });
});

describe('changes that a watermark would lose', () => {
  async function settled(): Promise<TreeLab> {
    const made = populated();
    await runExact(made);
    made.wait(60);
    await runExact(made);
    return made;
  }

  it('a write whose rctime arrives after the snapshot', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.isLate = true;
    made.tree.write('a/deep/file-1', 0, text('late'));
    await made.run();
    made.tree.settle();
    made.wait(1);
    await runExact(made);
  });

  it('a write through the second name of a file', async () => {
    const made = populated();
    made.tree.link('a/file-1', 'b/other');
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    made.tree.write('b/other', 0, text('through the other name'));
    await runExact(made);
  });

  it('a write through a name that is outside of the tree', async () => {
    const made = populated();
    const outside = made.tree.linkFromOutside('a/deep/shared', text('shared'));
    await runExact(made);
    made.wait(60);
    await runExact(made);
    made.wait(60);
    made.tree.writeOutside(outside, text('SHARED'));
    await runExact(made);
  });

  it('and one whose name here is in a directory that came later', async () => {
    // With a margin, the next run would look there once more, and hide that this one forgot.
    const scan = { mode: 'rctime', marginMs: 0, settleMs: 0, fullEveryMs: 86_400_000 } as const;
    const made = populated({ scan });
    await runExact(made);
    made.wait(60);
    made.tree.mkdir('a/deep/new');
    made.tree.mkdir('a/deep/new/est');
    const outside = made.tree.linkFromOutside('a/deep/new/est/shared', text('shared'));
    made.wait(1);
    await runExact(made);
    made.wait(60);
    made.tree.writeOutside(outside, text('SHARED'));
    await runExact(made);
  });

  it('what a full scan that was cut off has found, and no rctime shows', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.skew = -7200n * 1_000_000_000n;
    for (const name of ['a/deep/x', 'a/deep/y']) made.tree.write(name, 0, text(name));
    made.tree.skew = 0n;
    let puts = 0;
    made.pool.at('putFile', () => {
      if (++puts === 2) throw new Error('killed');
    });
    const scan = { mode: 'full', marginMs: 0, settleMs: 0, fullEveryMs: 1 } as const;
    await expect(made.run({ scan })).rejects.toThrow('killed');
    made.pool.at('putFile', null);
    await runExact(made);
  });

  it('that two names have become one inode, at the latest with the next full scan', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.skew = -7200n * 1_000_000_000n;
    made.tree.link('a/file-1', 'b/also');
    made.tree.skew = 0n;
    await made.run();
    made.wait(24 * 60);
    await runExact(made);
  });

  it('a write of the same size after which the mtime was set back', async () => {
    const made = await settled();
    made.wait(60);
    const { mtime } = made.tree.at('a/file-1');
    made.tree.write('a/file-1', 0, text('QQ'));
    made.tree.utimes('a/file-1', mtime);
    await runExact(made);
  });

  it('a write of the same size by a client whose clock is slow', async () => {
    const made = await settled();
    made.tree.write('a/file-1', 0, text('XX'));
    await runExact(made);
    made.wait(5);
    made.tree.skew = -480n * 1_000_000_000n;
    made.tree.write('a/file-1', 0, text('YY'));
    made.tree.skew = 0n;
    await runExact(made);
  });

  it('a write that only the bytes tell of, while another writer had a fast clock', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.skew = 7200n * 1_000_000_000n;
    made.tree.write('a/file-1', 0, text('XX'));
    made.tree.skew = 0n;
    await runExact(made);
    const before = made.tree.at('a/file-1');
    const { ctime, version } = before;
    made.tree.writeUnseen('a/file-1', 7);
    expect(made.tree.at('a/file-1')).toMatchObject({ ctime, version, data: Buffer.alloc(2, 7) });
    await runExact(made);
    expect(made.counts()).toMatchObject({ changed: 0, rechecked: 1, bytesRead: 2 });
    made.wait(180);
    await runExact(made);
    expect(made.counts()).toMatchObject({
      changed: 0,
      rechecked: 1,
      bytesRead: 2,
      bytesWritten: 0,
    });
    // Its time has come, and has been over for long: its record holds for any snapshot.
    await runExact(made);
    expect(made.counts()).toMatchObject({ rechecked: 0, bytesRead: 0 });
  });

  it('a write of the same size to a file whose mtime is in the future', async () => {
    const made = await settled();
    made.tree.utimes('a/file-1', 1_900_000_000n * 1_000_000_000n);
    await runExact(made);
    made.wait(60);
    made.tree.write('a/file-1', 0, text('ZZ'));
    await runExact(made);
  });

  it('a change in a directory that is moved afterwards', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.write('a/deep/file-1', 0, text('before the move'));
    made.tree.rename('a/deep', 'b/deep');
    await runExact(made);
  });

  it('a change by a clock that is slower than the margin: not before the next full scan', async () => {
    const made = await settled();
    made.wait(60);
    made.tree.skew = -3600n * 2n * 1_000_000_000n;
    made.tree.write('a/deep/file-1', 0, text('s'));
    made.tree.skew = 0n;
    await made.run();
    expect([...made.backups().values()].at(-1)).not.toEqual(describeTree(made.tree.inodes));
    made.wait(24 * 60);
    await runExact(made);
    expect(made.counts().full).toBe(true);
  });
});

describe('entries that cannot be copied', () => {
  function unreadable(made: TreeLab, path: string): void {
    made.filesystem.at('details', (asked) => {
      if (asked === path) throw new CephError('read-failed', `cannot read ${asked}`);
    });
  }

  it('fail the backup by name, and all others are kept for the next run', async () => {
    const made = populated();
    unreadable(made, 'a/file-3');
    await expect(made.run()).rejects.toMatchObject({
      code: 'entries-failed',
      message: expect.stringContaining('/a/file-3: cannot read a/file-3'),
    });
    expect(made.backups().size).toBe(0);
    made.filesystem.at('details', null);
    await made.run();
    expect(made.backups().size).toBe(2);
    const [resumed] = made.events.filter((event) => event.type === 'transfer-finished');
    expect(resumed).toMatchObject({ tree: { created: 1, changed: 0 } });
  });

  it('make the backup partial when that is asked for, and the next one looks at everything', async () => {
    const made = populated({ onError: 'skip' });
    unreadable(made, 'a/file-3');
    await made.run();
    expect(made.counts()).toMatchObject({ skipped: 1 });
    const [commit] = made.pool.dataset(made.dataset).snapshots;
    expect(commit?.record?.scan?.skipped).toBe(1);
    expect(made.events).toContainEqual(expect.objectContaining({ code: 'partial' }));
    made.filesystem.at('details', null);
    made.wait(60);
    await runExact(made);
    expect(made.counts()).toMatchObject({ full: true, created: 1, skipped: 0 });
  });
});
