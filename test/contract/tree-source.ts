import { constants } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entry.ts';
import type { SourceCatalog } from '../../src/core/source.ts';
import type { DirectorySnapshot, TreeSnapshot, TreeSource } from '../../src/core/tree.ts';
import { inParallel } from '../support/parallel.ts';
import { allPaths, entriesOf, entryAt, listAll, readWhole } from './tree-entries.ts';

/** Relative to the directory under test. Text is UTF-8; bytes are taken as they are. */
export type LivePath = string | Buffer;

/** A directory that a contract test changes, as other people and machines would. */
export interface DirectoryUnderTest {
  /** Its path, as the catalog lists it. */
  readonly name: string;
  mkdir(path: LivePath, mode?: number): Promise<void>;
  /** Writes at an offset (bytes), and makes the file if need be. */
  write(path: LivePath, offset: number, bytes: Uint8Array, mode?: number): Promise<void>;
  truncate(path: LivePath, size: number): Promise<void>;
  rename(from: LivePath, to: LivePath): Promise<void>;
  link(existing: LivePath, path: LivePath): Promise<void>;
  unlink(path: LivePath): Promise<void>;
  rmdir(path: LivePath): Promise<void>;
  symlink(target: LivePath, path: LivePath): Promise<void>;
  /** `mode` has the type; `rdev` is what `makedev` makes. */
  mknod(path: LivePath, mode: number, rdev?: bigint): Promise<void>;
  chmod(path: LivePath, mode: number): Promise<void>;
  chown(path: LivePath, uid: number, gid: number): Promise<void>;
  /** Nanoseconds since 1970. */
  utimes(
    path: LivePath,
    times: { readonly mtime?: bigint; readonly atime?: bigint },
  ): Promise<void>;
  setXattr(path: LivePath, name: string, value: Uint8Array | string): Promise<void>;
  removeXattr(path: LivePath, name: string): Promise<void>;
  /** What somebody else does; never through the source that is tested. */
  createSnapshot(name: string): Promise<void>;
  removeSnapshot(name: string): Promise<void>;
  /** Removes the directory with all its snapshots, and makes a new one of the same name. */
  recreate(): Promise<void>;
}

/** The world that a contract test runs in. */
export interface TreeHarness extends AsyncDisposable {
  /** Its patterns select all directories that {@link createDirectory} makes. */
  readonly catalog: SourceCatalog<TreeSource, DirectorySnapshot>;
  /** Makes an empty directory. */
  createDirectory(): Promise<DirectoryUnderTest>;
}

const never = new AbortController().signal;
const aborted = AbortSignal.abort(new Error('stop'));

/** What every source of trees does, whatever is behind it. */
export function describeTreeSource(kind: string, makeHarness: () => Promise<TreeHarness>): void {
  describe(`${kind}: tree source`, () => {
    let harness: TreeHarness;
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness?.[Symbol.asyncDispose]();
    });

    async function withDirectory(
      test: (live: DirectoryUnderTest, source: TreeSource) => Promise<void>,
    ): Promise<void> {
      const live = await harness.createDirectory();
      await using source = await harness.catalog.open(live.name, never);
      await test(live, source);
    }

    let count = 0;
    async function snapshotOf(source: TreeSource): Promise<TreeSnapshot> {
      return source.openSnapshot(await source.createSnapshot(`state-${count++}`, never), never);
    }

    describe('catalog', () => {
      it('lists a directory by its path, and the list is sorted', async () => {
        await withDirectory(async (live) => {
          const names = await harness.catalog.list(never);
          expect(names).toContain(live.name);
          expect(names).toEqual([...names].sort());
          expect(harness.catalog.problems).toEqual([]);
        });
      });

      it('opens a directory under the identity that it keeps, and another one has another', async () => {
        await withDirectory(async (live, source) => {
          expect(source.name).toBe(live.name);
          await using again = await harness.catalog.open(live.name, never);
          expect(again.identity).toEqual(source.identity);
          await withDirectory(async (_, other) => {
            expect(other.identity.inode).not.toBe(source.identity.inode);
            expect(other.identity.filesystem).toBe(source.identity.filesystem);
          });
        });
      });

      it('says which directory does not exist', async () => {
        await withDirectory(async (live) => {
          const missing = `${live.name}-missing`;
          await expect(harness.catalog.open(missing, never)).rejects.toMatchObject({
            code: 'directory-missing',
            message: expect.stringContaining(missing),
          });
        });
      });
    });

    describe('a directory that was made again under its path', () => {
      it('is another one, and nobody is led to believe otherwise', async () => {
        await withDirectory(async (live, source) => {
          const snapshot = await source.createSnapshot('s', never);
          await live.recreate();
          await using other = await harness.catalog.open(live.name, never);
          expect(other.identity).not.toEqual(source.identity);
          const replaced = { code: 'directory-replaced' };
          await expect(source.snapshots(never)).rejects.toMatchObject(replaced);
          await expect(source.createSnapshot('t', never)).rejects.toMatchObject(replaced);
          await expect(source.removeSnapshot(snapshot, never)).rejects.toMatchObject(replaced);
          await expect(source.openSnapshot(snapshot, never)).rejects.toMatchObject(replaced);
          expect(await other.snapshots(never)).toEqual([]);
        });
      });
    });

    describe('snapshots', () => {
      it('are listed oldest first, with ids and times, whoever made them', async () => {
        await withDirectory(async (live, source) => {
          expect(await source.snapshots(never)).toEqual([]);
          const first = await source.createSnapshot('z-first', never);
          await live.createSnapshot('a-second');
          const third = await source.createSnapshot('m-third', never);
          const all = await source.snapshots(never);
          expect(all.map(({ name }) => name)).toEqual(['z-first', 'a-second', 'm-third']);
          expect(all[0]).toEqual(first);
          expect(all[2]).toEqual(third);
          expect(new Set(all.map(({ id }) => id)).size).toBe(3);
          const times = all.map(({ takenAt }) => takenAt);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(Math.abs(first.takenAt - Date.now())).toBeLessThan(60_000);
        });
      });

      it('cannot be made under a name that is taken', async () => {
        await withDirectory(async (live, source) => {
          await live.createSnapshot('taken');
          const before = await source.snapshots(never);
          await expect(source.createSnapshot('taken', never)).rejects.toMatchObject({
            code: 'snapshot-exists',
          });
          expect(await source.snapshots(never)).toEqual(before);
        });
      });

      it('are removed only under their name and with their id, and may be gone already', async () => {
        await withDirectory(async (live, source) => {
          const old = await source.createSnapshot('s', never);
          await live.removeSnapshot('s');
          await live.createSnapshot('s');
          const [other] = await source.snapshots(never);
          expect(other?.id).not.toBe(old.id);
          await source.removeSnapshot(old, never);
          expect(await source.snapshots(never)).toEqual([other]);
          await source.removeSnapshot(other as DirectorySnapshot, never);
          expect(await source.snapshots(never)).toEqual([]);
          await source.removeSnapshot(old, never);
        });
      });

      it('cannot be opened when they are gone, even if another one has the name', async () => {
        await withDirectory(async (live, source) => {
          const old = await source.createSnapshot('s', never);
          await live.removeSnapshot('s');
          const missing = { code: 'snapshot-missing' };
          await expect(source.openSnapshot(old, never)).rejects.toMatchObject(missing);
          await live.createSnapshot('s');
          await expect(source.openSnapshot(old, never)).rejects.toMatchObject(missing);
        });
      });
    });

    describe('a snapshot', () => {
      it('stays as it was, whatever happens to the directory', async () => {
        await withDirectory(async (live, source) => {
          await live.mkdir('d');
          await live.write('d/f', 0, Buffer.from('before'));
          await live.write('gone', 0, Buffer.from('x'));
          await using tree = await snapshotOf(source);
          const before = await entryAt(tree, 'd/f');
          await live.write('d/f', 0, Buffer.from('AFTER and more'));
          await live.chmod('d/f', 0o600);
          await live.unlink('gone');
          await live.mkdir('new');
          await live.rename('d', 'moved');
          expect(await allPaths(tree)).toEqual(['d', 'd/f', 'gone']);
          expect(await entryAt(tree, 'd/f')).toEqual(before);
          expect(await readWhole(tree, 'd/f', before.size)).toEqual(Buffer.from('before'));
          await using later = await snapshotOf(source);
          expect(await allPaths(later)).toEqual(['gone', 'moved', 'moved/f', 'new'].slice(1));
        });
      });

      it('tells of its top, without a name', async () => {
        await withDirectory(async (live, source) => {
          await live.chmod('', 0o750);
          await using tree = await snapshotOf(source);
          const { ino, ...top } = await tree.top(never);
          expect(top).toMatchObject({ type: 'directory', mode: 0o750, nlink: 0, size: 0 });
          expect(top.name).toHaveLength(0);
          expect(String(ino)).toBe(source.identity.inode);
        });
      });

      it('tells type, permissions, owner, links, size, times and device of each entry', async () => {
        await withDirectory(async (live, source) => {
          const mtime = 1_234_567_890_123_456_789n;
          await live.mkdir('directory', 0o1777);
          await live.write('file', 0, Buffer.alloc(5));
          // To change the owner takes the setuid bit away.
          await live.chown('file', 1234, 100_000);
          await live.chmod('file', 0o6755);
          await live.link('file', 'directory/link');
          await live.utimes('file', { mtime, atime: mtime + 1n });
          await live.symlink('directory/nowhere', 'symlink');
          await live.mknod('fifo', constants.S_IFIFO | 0o600);
          await live.mknod('socket', constants.S_IFSOCK | 0o640);
          // Major 8, minor 300: more than a byte.
          await live.mknod('block', constants.S_IFBLK | 0o660, 0x10_0000n | 0x82cn);
          await live.mknod('char', constants.S_IFCHR | 0o666, 0x103n);
          await using tree = await snapshotOf(source);
          const told = Object.fromEntries(
            (await listAll(tree)).map((entry) => [entry.name.toString(), entry]),
          );
          expect(Object.keys(told)).toHaveLength(7);
          expect(told['directory']).toMatchObject({ type: 'directory', nlink: 0, size: 0 });
          expect(told['directory']?.mode).toBe(0o1777);
          expect(told['file']).toMatchObject({
            type: 'file',
            mode: 0o6755,
            uid: 1234,
            gid: 100_000,
            nlink: 2,
            size: 5,
            mtime,
            atime: mtime + 1n,
            rdev: 0n,
          });
          expect(told['symlink']).toMatchObject({ type: 'symlink', size: 17 });
          expect(told['fifo']).toMatchObject({ type: 'fifo', mode: 0o600 });
          expect(told['socket']).toMatchObject({ type: 'socket', mode: 0o640 });
          expect(told['block']).toMatchObject({ type: 'block', mode: 0o660, rdev: 0x10_082cn });
          expect(told['char']).toMatchObject({ type: 'char', mode: 0o666, rdev: 0x103n });
          const link = await entryAt(tree, 'directory/link');
          expect({ ...link, name: null }).toEqual({ ...told['file'], name: null });
        });
      });

      it('keeps names and paths that are no text, or as long as can be', async () => {
        await withDirectory(async (live, source) => {
          const odd = Buffer.from([0xff, 0xfe, 0x0a, 0x1b, 0x80]);
          const long = Buffer.alloc(255, 'ä');
          const inside = Buffer.concat([odd, Buffer.from('/'), long.subarray(0, 254)]);
          await live.mkdir(odd);
          await live.write(inside, 0, Buffer.from('deep'));
          await live.symlink(odd, 'link');
          await using tree = await snapshotOf(source);
          const entry = await entryAt(tree, inside);
          expect(entry.name.equals(long.subarray(0, 254))).toBe(true);
          expect(await readWhole(tree, inside, 4)).toEqual(Buffer.from('deep'));
          const link = await entryAt(tree, 'link');
          const { linkTarget } = await tree.details(Buffer.from('link'), link, 0, never);
          expect(linkTarget).toEqual(odd);
        });
      });

      it('shows each change of an entry in its version, even if nothing else moves', async () => {
        await withDirectory(async (live, source) => {
          const mtime = 4_000_000_000_000_000_000n;
          await live.write('file', 0, Buffer.from('1'));
          await live.mkdir('d');
          const changes: readonly (() => Promise<void>)[] = [
            () => live.utimes('file', { mtime }),
            // From now on a write does not move the time, which is in the future.
            () => live.write('file', 0, Buffer.from('2')),
            () => live.chmod('file', 0o600),
            () => live.setXattr('file', 'user.a', '1'),
            () => live.setXattr('file', 'user.a', '2'),
            () => live.removeXattr('file', 'user.a'),
            () => live.truncate('file', 0),
            () => live.write('file', 0, Buffer.from('3')),
            () => live.link('file', 'd/link'),
            () => live.chown('file', 1, 2),
          ];
          let before: Entry | undefined;
          for (const change of changes) {
            await change();
            await using tree = await snapshotOf(source);
            const entry = await entryAt(tree, 'file');
            expect(entry).not.toEqual(before);
            if (before !== undefined) expect(entry.version).toBeGreaterThan(before.version);
            before = entry;
          }
        });
      });

      it('lists a directory in batches, as many at a time as are asked for', async () => {
        await withDirectory(async (live, source) => {
          await live.mkdir('d');
          const names = Array.from({ length: 1500 }, (_, index) => `file-${index}`);
          await inParallel(names, (name) => live.write(`d/${name}`, 0, Buffer.alloc(0)));
          await using tree = await snapshotOf(source);
          const found: string[] = [];
          let batches = 0;
          for await (const batch of tree.list(Buffer.from('d'), never)) {
            batches++;
            expect(batch.count).toBeGreaterThan(0);
            expect(batch.count).toBeLessThanOrEqual(512);
            found.push(...entriesOf(batch).map(({ name }) => name.toString()));
          }
          expect(batches).toBeGreaterThan(1);
          expect(found.sort()).toEqual(names.sort());
          // Many at once, and all of them ended early.
          await inParallel(names.slice(0, 40), async () => {
            for await (const batch of tree.list(Buffer.from('d'), never)) {
              expect(batch.count).toBeGreaterThan(0);
              break;
            }
          });
        });
      });

      it('lists nothing in an empty directory', async () => {
        await withDirectory(async (live, source) => {
          await live.mkdir('empty');
          await using tree = await snapshotOf(source);
          expect(await listAll(tree, 'empty')).toEqual([]);
        });
      });

      it('tells attributes sorted by their names, where symlinks lead, and small files whole', async () => {
        await withDirectory(async (live, source) => {
          await live.write('file', 0, Buffer.from('content'));
          await live.write('empty', 0, Buffer.alloc(0));
          await live.setXattr('file', 'user.b', Buffer.from([0, 1, 255]));
          await live.setXattr('file', 'user.a', '');
          await live.setXattr('file', 'trusted.t', 'for root only');
          await live.setXattr('file', 'trusted.ceph2zfs', 'a copy of ours says this');
          await live.symlink('../any/where', 'link');
          await using tree = await snapshotOf(source);
          const details = async (path: string, dataUpTo: number) =>
            tree.details(Buffer.from(path), await entryAt(tree, path), dataUpTo, never);
          const file = await details('file', 7);
          expect(file.data).toEqual(Buffer.from('content'));
          expect(file.linkTarget).toBeNull();
          expect(file.settings).toEqual({});
          expect(file.xattrs.map(([name, value]) => [name.toString(), value])).toEqual([
            ['trusted.t', Buffer.from('for root only')],
            ['user.a', Buffer.alloc(0)],
            ['user.b', Buffer.from([0, 1, 255])],
          ]);
          expect((await details('file', 6)).data).toBeNull();
          expect((await details('empty', 0)).data).toEqual(Buffer.alloc(0));
          const link = await details('link', 100);
          expect(link).toEqual({
            xattrs: [],
            linkTarget: Buffer.from('../any/where'),
            settings: {},
            data: null,
          });
        });
      });

      it('reads any range of a file, many at once, holes as zeros, and nothing behind its end', async () => {
        await withDirectory(async (live, source) => {
          const size = 5_000_000;
          const expected = Buffer.alloc(size);
          for (const offset of [0, 4_194_300, size - 9]) {
            const bytes = Buffer.from(`at ${offset}`).subarray(0, 9);
            await live.write('file', offset, bytes);
            bytes.copy(expected, offset);
          }
          await live.truncate('file', size);
          await using tree = await snapshotOf(source);
          expect((await readWhole(tree, 'file', size)).equals(expected)).toBe(true);
          expect((await readWhole(tree, 'file', size, 3_000_001)).equals(expected)).toBe(true);
          await using file = await tree.openFile(Buffer.from('file'), never);
          const into = Buffer.alloc(100, 7);
          await file.read(4_194_295, 12, into, never);
          expect(into.subarray(0, 12)).toEqual(expected.subarray(4_194_295, 4_194_307));
          expect(into.subarray(12).every((byte) => byte === 7)).toBe(true);
          await expect(file.read(size - 4, 5, into, never)).rejects.toMatchObject({
            code: 'read-failed',
            message: expect.stringContaining('file'),
          });
        });
      });

      it('says which path is not there', async () => {
        await withDirectory(async (_, source) => {
          await using tree = await snapshotOf(source);
          const path = Buffer.from('no\x1b/such');
          const entry = await tree.top(never);
          const missing = {
            code: 'entry-missing',
            message: expect.stringContaining('no\\x1b/such'),
          };
          for (const attempt of [
            () => tree.openFile(path, never),
            () => tree.details(path, { ...entry, type: 'file' }, 0, never),
            () => tree.changedAt(path, never),
            () => Array.fromAsync(tree.list(path, never)),
          ]) {
            await expect(attempt()).rejects.toMatchObject(missing);
          }
        });
      });

      it('tells in the end when anything beneath a directory changed, and never less than before', async () => {
        await withDirectory(async (live, source) => {
          await live.mkdir('a');
          await live.mkdir('a/b');
          await live.write('a/b/file', 0, Buffer.from('1'));
          await using tree = await snapshotOf(source);
          const changedAt = (path: string) => tree.changedAt(Buffer.from(path), never);
          const before = await changedAt('a');
          await live.write('a/b/file', 0, Buffer.from('2'));
          await live.chmod('a/b/file', 0o600);
          let now = before;
          for (let tries = 0; now === before && tries < 300; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            const next = await changedAt('a');
            expect(next).toBeGreaterThanOrEqual(now);
            now = next;
          }
          expect(now).toBeGreaterThan(before);
          expect(await changedAt('')).toBeGreaterThanOrEqual(before);
        });
      });

      it('knows about how large all of its files are, and what a restore needs', async () => {
        await withDirectory(async (live, source) => {
          await live.write('file', 0, Buffer.alloc(12_345));
          let size = 0;
          for (let tries = 0; size === 0 && tries < 300; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            size = await source.size(never);
          }
          expect(size).toBe(12_345);
          await using tree = await snapshotOf(source);
          expect(tree.size).toBe(12_345);
          expect(tree.description).toEqual(JSON.parse(JSON.stringify(tree.description)));
          expect(tree.description).toMatchObject({ path: live.name });
        });
      });

      it('does nothing after an abort, and can still be closed', async () => {
        await withDirectory(async (live, source) => {
          await live.write('file', 0, Buffer.alloc(10));
          await using tree = await snapshotOf(source);
          const path = Buffer.from('file');
          const entry = await entryAt(tree, path);
          await using file = await tree.openFile(path, never);
          for (const attempt of [
            () => tree.top(aborted),
            () => tree.openFile(path, aborted),
            () => tree.details(path, entry, 0, aborted),
            () => tree.changedAt(Buffer.alloc(0), aborted),
            () => Array.fromAsync(tree.list(Buffer.alloc(0), aborted)),
            () => file.read(0, 1, Buffer.alloc(1), aborted),
            () => source.snapshots(aborted),
            () => source.createSnapshot('t', aborted),
            () => harness.catalog.list(aborted),
          ]) {
            await expect(attempt()).rejects.toBe(aborted.reason);
          }
        });
      });
    });
  });
}
