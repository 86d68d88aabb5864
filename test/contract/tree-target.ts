import { randomFillSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Entry,
  type EntryBatch,
  type EntryDetails,
  encodeEntry,
  joinPath,
} from '../../src/core/entry.ts';
import type { Piece } from '../../src/core/extent.ts';
import type { DirectoryIdentity } from '../../src/core/source.ts';
import type { ScanRecord, TargetCatalog, TargetState } from '../../src/core/target.ts';
import {
  type DirectorySnapshot,
  type FileWriter,
  type TargetName,
  type TreeOrder,
  type TreeTarget,
  type TreeWriter,
  VERDICT,
} from '../../src/core/tree.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import {
  changed,
  detailsOf,
  entryOf,
  hashOf,
  type PlainTree,
  plainOf,
  xattr,
} from './plain-tree.ts';
import { describeTargetCatalog, newestState, type TargetHarness } from './target.ts';

/** What a kind of tree target must offer. */
export interface TreeTargetHarness extends TargetHarness<TreeTarget, PlainTree> {
  /** Writes a file of the top, as somebody would who goes round this program. */
  scribble(dataset: string, path: string, bytes: Buffer): Promise<void>;
}

const KIB = 1024;
const SOURCE = '/a';
const IDENTITY: DirectoryIdentity = {
  kind: 'cephfs',
  cluster: 'fsid',
  filesystem: '1',
  inode: '1099511627900',
};
const SCAN: ScanRecord = { takenAt: 1_795_000_000_000, fullAt: 1_794_000_000_000, skipped: 0 };
/** Nothing changed since. */
const OLD = 2n ** 62n;
const TOP = Buffer.alloc(0);
const signal = new AbortController().signal;

export function pathOf(text: string): Buffer {
  return Buffer.from(text);
}

export function batchOf(...entries: readonly Entry[]): EntryBatch {
  return { count: entries.length, bytes: Buffer.concat(entries.map(encodeEntry)) };
}

/** A piece of data whose lease can be asked whether it was given back. */
export function dataPiece(offset: number, bytes: Buffer): Piece & { readonly released: number } {
  const buffer = allocateAligned(Math.max(bytes.length, 4 * KIB)).fill(0xee);
  bytes.copy(buffer);
  const piece = {
    kind: 'data' as const,
    offset,
    length: bytes.length,
    released: 0,
    lease: { buffer, release: () => void piece.released++ },
  };
  return piece;
}

function zeroPiece(offset: number, length: number): Piece {
  return { kind: 'zero', offset, length };
}

function random(length: number): Buffer {
  return randomFillSync(Buffer.alloc(length));
}

/** The behaviour that the rest of the program relies on, for every kind of tree target. */
export function describeTreeTarget(
  kind: string,
  makeHarness: () => Promise<TreeTargetHarness>,
): void {
  describe(`tree target: ${kind}`, () => {
    let harness: TreeTargetHarness;
    let catalog: TargetCatalog<TreeTarget>;
    let nextId = 1;
    const top = entryOf('', 'directory', { mode: 0o711 });

    beforeEach(async () => {
      harness = await makeHarness();
      catalog = harness.catalog;
      await catalog.check(signal);
    });
    afterEach(async () => {
      await harness[Symbol.asyncDispose]();
    });

    function snapshotOf(name: string): DirectorySnapshot {
      return { name, id: String(nextId++), takenAt: 1_795_000_000_000 };
    }

    function order(name: string, rest: Partial<TreeOrder> = {}): TreeOrder {
      const snapshot = snapshotOf(name);
      const fixed = { source: SOURCE, identity: IDENTITY, snapshot, size: 7 };
      const description = { layout: 'x', note: 'ä\t%\n"' };
      return { ...fixed, description, base: null, resume: false, youngSince: OLD, ...rest };
    }

    function state(): Promise<TargetState> {
      return newestState(catalog, SOURCE);
    }

    async function makeTarget(): Promise<TreeTarget> {
      return catalog.create(SOURCE, IDENTITY, signal);
    }

    async function finish(writer: TreeWriter): Promise<void> {
      await writer.setMetadata(TOP, top, detailsOf(), false, signal);
      await writer.commit(SCAN, signal);
    }

    /** One whole transfer. */
    async function transfer(
      target: TreeTarget,
      name: string,
      base: string | null,
      work: (writer: TreeWriter) => Promise<unknown>,
      source = SOURCE,
    ): Promise<void> {
      await using writer = await target.begin(order(name, { base, source }), signal);
      await work(writer);
      await finish(writer);
      await target.settle(signal);
    }

    async function put(
      writer: TreeWriter,
      path: string,
      data: Buffer | string,
      rest: Partial<Entry> = {},
    ): Promise<Entry> {
      const bytes = Buffer.from(data);
      const entry = entryOf(path.split('/').at(-1) ?? '', 'file', { size: bytes.length, ...rest });
      await writer.putFile(pathOf(path), entry, detailsOf({ data: bytes }), signal);
      return entry;
    }

    async function makeDirectory(writer: TreeWriter, path: string): Promise<Entry> {
      const entry = entryOf(path.split('/').at(-1) ?? '', 'directory');
      await writer.makeDirectory(pathOf(path), entry, signal);
      return entry;
    }

    /** Verdicts by name. */
    async function verdicts(
      writer: TreeWriter,
      directory: string,
      ...entries: readonly Entry[]
    ): Promise<number[]> {
      const compared = await writer.compare(pathOf(directory), batchOf(...entries), signal);
      return [...compared.verdicts];
    }

    async function names(writer: TreeWriter, directory: string): Promise<TargetName[]> {
      const found: TargetName[] = [];
      for await (const batch of writer.list(pathOf(directory), signal)) found.push(...batch);
      return found.sort((a, b) => a.name.compare(b.name));
    }

    async function nameTexts(writer: TreeWriter, directory: string): Promise<string[]> {
      return (await names(writer, directory)).map(({ name }) => name.toString('latin1'));
    }

    async function openFile(writer: TreeWriter, path: string, entry: Entry): Promise<FileWriter> {
      return writer.openFile(pathOf(path), entry, signal);
    }

    describeTargetCatalog(() => harness, { source: SOURCE, identity: IDENTITY, other: '/b' });

    describe('datasets', () => {
      it('makes the next generation beside the older one', async () => {
        const first = await makeTarget();
        await transfer(first, 's1', null, (writer) => put(writer, 'file', 'one'));
        const second = await makeTarget();
        expect(second.dataset).not.toBe(first.dataset);
        const all = await catalog.generations(SOURCE, signal);
        expect(all.map(({ dataset }) => dataset)).toEqual([first.dataset, second.dataset]);
        const { entries } = await harness.contents(first.dataset, 's1');
        expect(entries['file']?.data).toBe(hashOf(Buffer.from('one')));
      });

      it('keeps a directory and those above and beneath it apart', async () => {
        const paths = ['/a/b', '/', '/a'];
        const made = new Set<string>();
        for (const [index, path] of paths.entries()) {
          const identity = { ...IDENTITY, inode: String(index) };
          const target = await catalog.create(path, identity, signal);
          made.add(target.dataset);
          await transfer(target, 's1', null, (writer) => put(writer, `in-${index}`, path), path);
        }
        expect(made.size).toBe(paths.length);
        for (const [index, path] of paths.entries()) {
          const [only, ...others] = await catalog.generations(path, signal);
          expect(others).toEqual([]);
          expect(only?.identity).toEqual({ ...IDENTITY, inode: String(index) });
          const { entries } = await harness.contents(only?.dataset ?? '', 's1');
          expect(Object.keys(entries).sort()).toEqual(['', `in-${index}`]);
        }
      });
    });

    describe('committing', () => {
      it('keeps the record with the snapshot', async () => {
        const target = await makeTarget();
        const about = order('s1');
        await using writer = await target.begin(about, signal);
        const committed = await writer.commit({ ...SCAN, skipped: 3 }, signal);
        const { snapshots } = await state();
        expect(snapshots).toEqual([committed]);
        expect(committed).toEqual({
          name: 's1',
          record: {
            source: SOURCE,
            identity: IDENTITY,
            snapshot: { name: 's1', id: about.snapshot.id },
            size: 7,
            base: null,
            description: about.description,
            scan: { ...SCAN, skipped: 3 },
          },
        });
      });

      it('leaves no snapshot when it is disposed without one, or aborted', async () => {
        const target = await makeTarget();
        const controller = new AbortController();
        {
          await using writer = await target.begin(order('s1'), signal);
          await put(writer, 'file', 'x');
          controller.abort(new Error('enough'));
          await expect(writer.commit(SCAN, controller.signal)).rejects.toThrow('enough');
          const put2 = writer.putFile(pathOf('y'), top, detailsOf(), controller.signal);
          await expect(put2).rejects.toThrow('enough');
          const compare = writer.compare(TOP, batchOf(top), controller.signal);
          await expect(compare).rejects.toThrow('enough');
        }
        expect((await state()).snapshots).toEqual([]);
      });
    });

    describe('entries', () => {
      it('of every type come out as they went in', async () => {
        const target = await makeTarget();
        const wanted: Record<string, unknown> = {};
        await using writer = await target.begin(order('s1'), signal);
        const directory = await makeDirectory(writer, 'dir');
        const special: readonly [Entry, EntryDetails][] = [
          [
            entryOf('link', 'symlink'),
            detailsOf({ linkTarget: Buffer.from('../\xff else', 'latin1') }),
          ],
          [entryOf('fifo', 'fifo', { mode: 0o604 }), detailsOf()],
          [entryOf('socket', 'socket', { mode: 0o755 }), detailsOf()],
          [entryOf('char', 'char', { rdev: 0x103n }), detailsOf()],
          [entryOf('block', 'block', { rdev: 0x12_3456n }), detailsOf()],
        ];
        for (const [entry, details] of special) {
          const path = joinPath(pathOf('dir'), entry.name);
          await writer.putSpecial(path, entry, details, signal);
          wanted[path.toString('latin1')] = plainOf(entry, details);
        }
        const file = entryOf('file', 'file', { size: 5, mode: 0o4751, uid: 3, gid: 70_000 });
        const fileDetails = detailsOf({ data: Buffer.from('hello') });
        await writer.putFile(pathOf('dir/file'), file, fileDetails, signal);
        const empty = entryOf('empty', 'file', { mode: 0, mtime: -1_500_000_000n });
        const emptyDetails = detailsOf({ data: Buffer.alloc(0) });
        await writer.putFile(pathOf('empty'), empty, emptyDetails, signal);
        const finished = { ...directory, mode: 0o3770 };
        await writer.setMetadata(pathOf('dir'), finished, detailsOf(), false, signal);
        await finish(writer);
        expect(await harness.contents(target.dataset, 's1')).toEqual({
          entries: {
            ...wanted,
            '': plainOf(top),
            dir: plainOf(finished),
            'dir/file': plainOf(file, fileDetails),
            empty: plainOf(empty, emptyDetails),
          },
          links: [],
        });
      });

      it('keep their attributes, and lose those that the source has no more', async () => {
        const target = await makeTarget();
        const file = entryOf('file', 'file', { size: 1 });
        const directory = entryOf('dir', 'directory');
        const first = [xattr('trusted.t', 'x'), xattr('user.a', 'one'), xattr('user.b', '')];
        const data = Buffer.from('1');
        await transfer(target, 's1', null, async (writer) => {
          const details = detailsOf({ data, xattrs: first });
          await writer.putFile(pathOf('file'), file, details, signal);
          await writer.makeDirectory(pathOf('dir'), directory, signal);
          await writer.setMetadata(
            pathOf('dir'),
            directory,
            detailsOf({ xattrs: first }),
            false,
            signal,
          );
        });
        const before = await harness.contents(target.dataset, 's1');
        expect(before.entries['file']).toEqual(plainOf(file, detailsOf({ data, xattrs: first })));
        const second = [xattr('user.a', 'two'), xattr('user.c', Buffer.alloc(1000, 7))];
        const file2 = changed(file);
        const directory2 = changed(directory);
        await transfer(target, 's2', 's1', async (writer) => {
          const details = detailsOf({ data, xattrs: second });
          await writer.putFile(pathOf('file'), file2, details, signal);
          await writer.setMetadata(
            pathOf('dir'),
            directory2,
            detailsOf({ xattrs: second }),
            false,
            signal,
          );
        });
        const after = await harness.contents(target.dataset, 's2');
        expect(after.entries['file']).toEqual(plainOf(file2, detailsOf({ data, xattrs: second })));
        expect(after.entries['dir']).toEqual(plainOf(directory2, detailsOf({ xattrs: second })));
        expect(await harness.contents(target.dataset, 's1')).toEqual(before);
      });

      it('may have any bytes in their names', async () => {
        const target = await makeTarget();
        const odd = [
          Buffer.from([0xff, 0xfe, 0x0a]),
          Buffer.alloc(255, 'n'),
          Buffer.from('..x'),
          Buffer.from('ü %'),
        ];
        await using writer = await target.begin(order('s1'), signal);
        const entries = odd.map((name) => entryOf(name, 'file', { size: 1 }));
        for (const entry of entries) {
          await writer.putFile(entry.name, entry, detailsOf({ data: Buffer.from('1') }), signal);
        }
        const found = await names(writer, '');
        expect(found.map(({ name }) => name.toString('hex')).sort()).toEqual(
          odd.map((name) => name.toString('hex')).sort(),
        );
        const compared = await writer.compare(TOP, batchOf(...entries), signal);
        expect([...compared.verdicts]).toEqual(odd.map(() => VERDICT.same));
      });

      it('whose names would lead elsewhere are refused', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const data = detailsOf({ data: Buffer.from('x') });
        for (const bad of ['..', '.', '', 'a/../b', 'a//b', '/a', 'a/', '../a', 'a\0b']) {
          const entry = entryOf('x', 'file', { size: 1 });
          const path = Buffer.from(bad, 'latin1');
          await expect(writer.putFile(path, entry, data, signal), bad).rejects.toThrow();
        }
        for (const bad of ['..', '.', 'a/b', 'a\0b']) {
          const entry = entryOf(Buffer.from(bad, 'latin1'), 'file');
          await expect(writer.compare(TOP, batchOf(entry), signal), bad).rejects.toThrow();
        }
        expect(await names(writer, '')).toEqual([]);
      });
    });

    describe('comparing', () => {
      it('finds what was copied the same, and nothing else', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = await put(writer, 'file', 'x');
        const directory = await makeDirectory(writer, 'dir');
        expect(await verdicts(writer, '', file, directory, entryOf('none', 'file'))).toEqual([
          VERDICT.same,
          VERDICT.changed,
          VERDICT.absent,
        ]);
        await writer.setMetadata(pathOf('dir'), directory, detailsOf(), false, signal);
        expect(await verdicts(writer, '', directory)).toEqual([VERDICT.same]);
        expect(await verdicts(writer, 'dir', entryOf('none', 'file'))).toEqual([VERDICT.absent]);
      });

      it('tells which part of an entry is another one', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = await put(writer, 'file', 'abc');
        const cases: readonly [Entry, number][] = [
          [changed(file), VERDICT.changed],
          [{ ...file, mode: 0o600 }, VERDICT.changed],
          [{ ...file, uid: 1 }, VERDICT.changed],
          [{ ...file, nlink: 2 }, VERDICT.changed],
          [{ ...file, version: file.version + 1n }, VERDICT.changed],
          [{ ...file, ctime: file.ctime - 1n }, VERDICT.changed],
          [{ ...file, mtime: file.mtime + 1n }, VERDICT.changed],
          [{ ...file, size: 4 }, VERDICT.changed],
          // When it was read says nothing.
          [{ ...file, atime: 5n }, VERDICT.same],
          [{ ...file, ino: file.ino + 1_000_000n }, VERDICT.other],
          [{ ...file, type: 'fifo' }, VERDICT.other],
        ];
        for (const [entry, verdict] of cases) {
          const { verdicts, inodes } = await writer.compare(TOP, batchOf(entry), signal);
          expect([entry, verdicts[0]]).toEqual([entry, verdict]);
          if (verdict === VERDICT.other) expect(inodes[0]).toBe(file.ino);
        }
      });

      it('believes of what was young only that it is a copy of its own snapshot', async () => {
        const target = await makeTarget();
        const first = order('s1', { youngSince: 1_000n });
        const [old, young] = [{ ctime: 999n }, { ctime: 1_000n }];
        const second = order('s2', { base: 's1', youngSince: 2_000n });
        const entries: Entry[] = [];
        {
          await using writer = await target.begin(first, signal);
          entries.push(await put(writer, 'old', 'x', old), await put(writer, 'young', 'y', young));
          const fifo = entryOf('fifo', 'fifo', young);
          await writer.putSpecial(pathOf('fifo'), fifo, detailsOf(), signal);
          const directory = entryOf('directory', 'directory', young);
          await writer.makeDirectory(pathOf('directory'), directory, signal);
          await writer.setMetadata(pathOf('directory'), directory, detailsOf(), false, signal);
          const large = entryOf('large', 'file', { size: 1, ...young });
          await using open = await openFile(writer, 'large', large);
          await open.write(dataPiece(0, Buffer.from('z')), signal);
          await open.finish(detailsOf(), signal);
          entries.push(fifo, directory, large);
          expect(await verdicts(writer, '', ...entries)).toEqual(entries.map(() => VERDICT.same));
        }
        {
          await using writer = await target.begin({ ...first, resume: true }, signal);
          expect(await verdicts(writer, '', ...entries)).toEqual(entries.map(() => VERDICT.same));
          await finish(writer);
        }
        const [, ...others] = entries;
        {
          await using writer = await target.begin(second, signal);
          const found = [VERDICT.same, ...others.map(() => VERDICT.young)];
          expect(await verdicts(writer, '', ...entries)).toEqual(found);
          const [, file] = entries;
          if (file === undefined) throw new Error('nothing was put');
          expect(await verdicts(writer, '', changed(file))).toEqual([VERDICT.changed]);
          const details = detailsOf({ data: Buffer.from('y') });
          await writer.putFile(pathOf('young'), file, details, signal);
          expect(await verdicts(writer, '', file)).toEqual([VERDICT.same]);
          await finish(writer);
        }
        await using writer = await target.begin(order('s3', { base: 's2' }), signal);
        expect(await verdicts(writer, '', ...entries.slice(0, 2))).toEqual([
          VERDICT.same,
          VERDICT.same,
        ]);
      });

      it('compares the top by itself', async () => {
        const target = await makeTarget();
        {
          await using writer = await target.begin(order('s1'), signal);
          const { verdicts, inodes } = await writer.compare(TOP, batchOf(top), signal);
          expect([verdicts[0], inodes[0]]).toEqual([VERDICT.other, 0n]);
          await finish(writer);
        }
        await using writer = await target.begin(order('s2', { base: 's1' }), signal);
        expect(await verdicts(writer, '', top)).toEqual([VERDICT.same]);
        expect(await verdicts(writer, '', changed(top))).toEqual([VERDICT.changed]);
      });

      it('takes for another what nothing is on record of', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'file', 'x'));
        await harness.scribble(target.dataset, 'stranger', Buffer.from('?'));
        const resumed = order('s2', { base: 's1', resume: true });
        await using writer = await target.begin(resumed, signal);
        const stranger = entryOf('stranger', 'file');
        const { verdicts, inodes } = await writer.compare(TOP, batchOf(stranger), signal);
        expect([verdicts[0], inodes[0]]).toEqual([VERDICT.other, 0n]);
        const listed = (await names(writer, '')).find(({ name }) => name.equals(stranger.name));
        expect(listed?.ino).toBe(0n);
      });

      it('finds a file that was not finished changed', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = entryOf('file', 'file', { size: 100 });
        {
          await using open = await openFile(writer, 'file', file);
          await open.write(dataPiece(0, random(100)), signal);
        }
        expect(await verdicts(writer, '', file)).toEqual([VERDICT.changed]);
      });

      it('withdraws the record of a file that is written again', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = await put(writer, 'file', 'abc');
        const file2 = changed(file, { mtime: 5n });
        {
          await using _open = await openFile(writer, 'file', file2);
        }
        expect(await verdicts(writer, '', file)).toEqual([VERDICT.changed]);
        expect(await verdicts(writer, '', file2)).toEqual([VERDICT.changed]);
      });

      it('knows which names are one inode, and which directories have such names beneath', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const a = await put(writer, 'a', 'x', { nlink: 3 });
        const [b, c] = [
          { ...a, name: pathOf('b') },
          { ...a, name: pathOf('c') },
        ];
        await writer.link(pathOf('a'), pathOf('b'), b, signal);
        const other = await put(writer, 'other', 'x', { nlink: 2 });
        const directories = [await makeDirectory(writer, 'd1'), await makeDirectory(writer, 'd2')];
        for (const [index, directory] of directories.entries()) {
          await writer.setMetadata(directory.name, directory, detailsOf(), index === 1, signal);
        }
        const batch = batchOf(a, b, c, other, changed(a, { mtime: 5n }), ...directories);
        const { verdicts, inodes, links } = await writer.compare(TOP, batch, signal);
        const { same, absent } = VERDICT;
        expect([...verdicts]).toEqual([same, same, absent, same, VERDICT.changed, same, same]);
        expect(inodes[0]).not.toBe(0n);
        expect(inodes[1]).toBe(inodes[0]);
        expect(inodes[4]).toBe(inodes[0]);
        expect(inodes[3]).not.toBe(inodes[0]);
        expect([inodes[2], inodes[5], inodes[6]]).toEqual([0n, 0n, 0n]);
        expect([...links]).toEqual([0, 0, 0, 0, 1, 0, 1]);
      });

      it('keeps the note of hard links while a directory is made again', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const directory = await makeDirectory(writer, 'd');
        await writer.setMetadata(pathOf('d'), directory, detailsOf(), true, signal);
        await writer.makeDirectory(pathOf('d'), changed(directory), signal);
        const { verdicts, links } = await writer.compare(TOP, batchOf(directory), signal);
        expect([verdicts[0], links[0]]).toEqual([VERDICT.changed, 1]);
      });
    });

    describe('files in one go', () => {
      it('are written only when they differ', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const bytes = random(100 * KIB);
        const file = entryOf('file', 'file', { size: bytes.length });
        const details = detailsOf({ data: bytes });
        expect(await writer.putFile(pathOf('file'), file, details, signal)).toBe(bytes.length);
        expect(await writer.putFile(pathOf('file'), changed(file), details, signal)).toBe(0);
        const shorter = bytes.subarray(0, 1000);
        const file2 = changed(file, { size: 1000 });
        await writer.putFile(pathOf('file'), file2, detailsOf({ data: shorter }), signal);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']).toEqual(plainOf(file2, detailsOf({ data: shorter })));
      });

      it('that take the place of another inode leave its other names alone', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const a = await put(writer, 'a', 'old', { nlink: 2 });
        await writer.link(pathOf('a'), pathOf('b'), a, signal);
        await writer.link(pathOf('a'), pathOf('c'), a, signal);
        const b = await put(writer, 'b', 'new');
        const c = entryOf('c', 'file', { size: 3 });
        {
          await using open = await openFile(writer, 'c', c);
          await open.write(dataPiece(0, pathOf('big')), signal);
          await open.finish(detailsOf(), signal);
        }
        await finish(writer);
        const { entries, links } = await harness.contents(target.dataset, 's1');
        expect(entries['a']?.data).toBe(hashOf(Buffer.from('old')));
        expect(entries['b']).toEqual(plainOf(b, detailsOf({ data: Buffer.from('new') })));
        expect(entries['c']).toEqual(plainOf(c, detailsOf({ data: Buffer.from('big') })));
        expect(links).toEqual([]);
      });

      it('take the place of a symlink, and do not follow it', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        await put(writer, 'victim', 'untouched');
        for (const name of ['one', 'two']) {
          const details = detailsOf({ linkTarget: Buffer.from('victim') });
          await writer.putSpecial(pathOf(name), entryOf(name, 'symlink'), details, signal);
        }
        await put(writer, 'one', 'x');
        const two = entryOf('two', 'file', { size: 1 });
        {
          await using open = await openFile(writer, 'two', two);
          await open.write(dataPiece(0, Buffer.from('y')), signal);
          await open.finish(detailsOf(), signal);
        }
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['victim']?.data).toBe(hashOf(Buffer.from('untouched')));
        expect([entries['one']?.type, entries['two']?.type]).toEqual(['file', 'file']);
      });
    });

    describe('files piece by piece', () => {
      it('get their bytes, holes and size, whatever the order of the pieces', async () => {
        const target = await makeTarget();
        const bytes = random(900 * KIB);
        bytes.fill(0, 300 * KIB, 500 * KIB);
        const file = entryOf('file', 'file', { size: bytes.length });
        await using writer = await target.begin(order('s1'), signal);
        const open = await openFile(writer, 'file', file);
        expect(open.from).toBe(0);
        const pieces = [
          dataPiece(500 * KIB, bytes.subarray(500 * KIB, 800 * KIB)),
          dataPiece(0, bytes.subarray(0, 300 * KIB)),
          dataPiece(800 * KIB, bytes.subarray(800 * KIB)),
        ];
        await open.write(zeroPiece(300 * KIB, 200 * KIB), signal);
        const written = await Promise.all(pieces.map((piece) => open.write(piece, signal)));
        expect(written.reduce((a, b) => a + b)).toBe(700 * KIB);
        expect(pieces.map(({ released }) => released)).toEqual([1, 1, 1]);
        const details = detailsOf({ xattrs: [xattr('user.x', 'y')] });
        await open.finish(details, signal);
        expect(await verdicts(writer, '', file)).toEqual([VERDICT.same]);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']).toEqual(plainOf(file, { ...details, data: bytes }));
      });

      it('are written only where they differ', async () => {
        const target = await makeTarget();
        const bytes = random(1024 * KIB);
        const file = entryOf('file', 'file', { size: bytes.length });
        await using writer = await target.begin(order('s1'), signal);
        {
          await using open = await openFile(writer, 'file', file);
          await open.write(dataPiece(0, bytes), signal);
          await open.finish(detailsOf(), signal);
        }
        const next = Buffer.from(bytes);
        next[700 * KIB] = 1 ^ (next[700 * KIB] ?? 0);
        const file2 = changed(file, { mtime: 9n });
        await using open = await openFile(writer, 'file', file2);
        const written = await open.write(dataPiece(0, next), signal);
        expect(written).toBeGreaterThan(0);
        expect(written).toBeLessThanOrEqual(128 * KIB);
        await open.finish(detailsOf(), signal);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']).toEqual(plainOf(file2, detailsOf({ data: next })));
      });

      it('shrink, grow again with zeros, and get holes where there was data', async () => {
        const target = await makeTarget();
        const bytes = random(600 * KIB);
        const file = entryOf('file', 'file', { size: bytes.length });
        await using writer = await target.begin(order('s1'), signal);
        {
          await using open = await openFile(writer, 'file', file);
          await open.write(dataPiece(0, bytes), signal);
          await open.finish(detailsOf(), signal);
        }
        const shrunk = changed(file, { size: 100_001, mtime: 1n });
        {
          await using open = await openFile(writer, 'file', shrunk);
          await open.write(dataPiece(0, bytes.subarray(0, 100_001)), signal);
          await open.finish(detailsOf(), signal);
        }
        const grown = changed(file, { size: 700_003, mtime: 2n });
        const wanted = Buffer.alloc(grown.size);
        bytes.copy(wanted, 0, 0, 50_001);
        {
          await using open = await openFile(writer, 'file', grown);
          await open.write(dataPiece(0, bytes.subarray(0, 50_001)), signal);
          await open.write(zeroPiece(50_001, grown.size - 50_001), signal);
          await open.finish(detailsOf(), signal);
        }
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']).toEqual(plainOf(grown, detailsOf({ data: wanted })));
      });

      it('go on where they were cut off, if it is still the same file', async () => {
        const target = await makeTarget();
        const bytes = random(300 * KIB);
        const file = entryOf('file', 'file', { size: bytes.length });
        const about = order('s1');
        {
          await using writer = await target.begin(about, signal);
          await using open = await openFile(writer, 'file', file);
          await open.write(dataPiece(0, bytes.subarray(0, 200 * KIB)), signal);
          await open.checkpoint(200 * KIB, signal);
          await open.write(dataPiece(200 * KIB, bytes.subarray(200 * KIB, 250 * KIB)), signal);
        }
        await using writer = await target.begin({ ...about, resume: true }, signal);
        expect(await verdicts(writer, '', file)).toEqual([VERDICT.changed]);
        {
          await using open = await openFile(writer, 'file', file);
          expect(open.from).toBe(200 * KIB);
          await open.write(dataPiece(200 * KIB, bytes.subarray(200 * KIB)), signal);
          await open.finish(detailsOf(), signal);
        }
        const again = changed(file);
        {
          await using open = await openFile(writer, 'file', again);
          expect(open.from).toBe(0);
          await open.checkpoint(100 * KIB, signal);
        }
        {
          await using open = await openFile(writer, 'file', changed(again));
          expect(open.from).toBe(0);
          await open.write(dataPiece(0, bytes), signal);
          await open.finish(detailsOf(), signal);
        }
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']?.data).toBe(hashOf(bytes));
      });

      it('begin anew when what was cut off was of another snapshot, and young', async () => {
        const target = await makeTarget();
        const file = entryOf('file', 'file', { size: 300 * KIB });
        const about = order('s1', { youngSince: file.ctime });
        {
          await using writer = await target.begin(about, signal);
          await using open = await openFile(writer, 'file', file);
          await open.write(dataPiece(0, random(200 * KIB)), signal);
          await open.checkpoint(200 * KIB, signal);
        }
        {
          await using writer = await target.begin({ ...about, resume: true }, signal);
          await using open = await openFile(writer, 'file', file);
          expect(open.from).toBe(200 * KIB);
        }
        const other = { ...order('s2', { youngSince: file.ctime }), resume: true };
        await using writer = await target.begin(other, signal);
        await using open = await openFile(writer, 'file', file);
        expect(open.from).toBe(0);
      });

      it('give the lease back when they are aborted or closed', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const open = await openFile(writer, 'file', entryOf('file', 'file', { size: 10 }));
        const aborted = AbortSignal.abort(new Error('enough'));
        const first = dataPiece(0, random(10));
        await expect(open.write(first, aborted)).rejects.toThrow('enough');
        await open[Symbol.asyncDispose]();
        const second = dataPiece(0, random(10));
        await expect(open.write(second, signal)).rejects.toThrow();
        expect([first.released, second.released]).toEqual([1, 1]);
      });
    });

    describe('metadata', () => {
      it('is set on what is there, and completes its record', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = await put(writer, 'file', 'abc');
        const file2 = changed(file, { mode: 0o2755, uid: 7 });
        const details = detailsOf({ xattrs: [xattr('user.x', 'y')] });
        await writer.setMetadata(pathOf('file'), file2, details, false, signal);
        const link = entryOf('link', 'symlink');
        const linkDetails = detailsOf({ linkTarget: Buffer.from('file') });
        await writer.putSpecial(pathOf('link'), link, linkDetails, signal);
        const link2 = changed(link, { uid: 8, mtime: 4n });
        await writer.setMetadata(pathOf('link'), link2, detailsOf(), false, signal);
        expect(await verdicts(writer, '', file2, link2)).toEqual([VERDICT.same, VERDICT.same]);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['file']).toEqual(plainOf(file2, { ...details, data: Buffer.from('abc') }));
        expect(entries['link']).toEqual(plainOf(link2, linkDetails));
      });

      it('never makes a file look copied that is not', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = entryOf('file', 'file', { size: 100 });
        {
          await using _open = await openFile(writer, 'file', file);
        }
        const set = writer.setMetadata(pathOf('file'), file, detailsOf(), false, signal);
        await expect(set).rejects.toThrow();
        const none = entryOf('none', 'file');
        await expect(
          writer.setMetadata(pathOf('none'), none, detailsOf(), false, signal),
        ).rejects.toThrow();
        expect(await verdicts(writer, '', file)).toEqual([VERDICT.changed]);
      });

      it('of a directory survives what is done in it before', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const directory = await makeDirectory(writer, 'd');
        await put(writer, 'd/a', '1');
        await makeDirectory(writer, 'd/sub');
        await writer.setMetadata(pathOf('d'), directory, detailsOf(), false, signal);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['d']).toEqual(plainOf(directory));
      });
    });

    describe('names', () => {
      it('are listed with their types and the inodes that are on record', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const directory = await makeDirectory(writer, 'd');
        const file = await put(writer, 'f', 'x');
        const link = entryOf('l', 'symlink');
        await writer.putSpecial(pathOf('l'), link, detailsOf({ linkTarget: pathOf('d') }), signal);
        expect(await names(writer, '')).toEqual([
          { name: pathOf('d'), type: 'directory', ino: directory.ino },
          { name: pathOf('f'), type: 'file', ino: file.ino },
          { name: pathOf('l'), type: 'symlink', ino: link.ino },
        ]);
        expect(await writer.count(TOP, signal)).toBe(3);
        for (const none of ['d', 'f', 'l', 'nowhere', 'nowhere/deeper', 'f/below']) {
          expect([none, await names(writer, none)]).toEqual([none, []]);
          expect([none, await writer.count(pathOf(none), signal)]).toEqual([none, 0]);
        }
      });

      it('can be moved, and never over another', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        await makeDirectory(writer, 'd');
        await makeDirectory(writer, 'd/inner');
        const file = await put(writer, 'd/inner/f', 'x');
        await put(writer, 'taken', 'y');
        await writer.move(pathOf('d/inner'), pathOf('moved'), signal);
        expect(await nameTexts(writer, 'd')).toEqual([]);
        expect(await verdicts(writer, 'moved', file)).toEqual([VERDICT.same]);
        await put(writer, 'moved/g', 'z');
        await makeDirectory(writer, 'd/inner');
        expect(await nameTexts(writer, 'd/inner')).toEqual([]);
        await expect(writer.move(pathOf('moved/f'), pathOf('taken'), signal)).rejects.toThrow();
        await expect(writer.move(pathOf('none'), pathOf('x'), signal)).rejects.toThrow();
        expect(await nameTexts(writer, 'moved')).toEqual(['f', 'g']);
      });

      it('that are in the limbo are not listed in the top, and can come back', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const file = await put(writer, 'f', 'x');
        const place = joinPath(writer.limbo, pathOf('7'));
        expect(writer.reserved.some((name) => name.equals(writer.limbo))).toBe(true);
        expect(await names(writer, writer.limbo.toString())).toEqual([]);
        await writer.move(pathOf('f'), place, signal);
        expect(await names(writer, '')).toEqual([]);
        expect(await writer.count(TOP, signal)).toBe(0);
        expect(await names(writer, writer.limbo.toString())).toEqual([
          { name: pathOf('7'), type: 'file', ino: file.ino },
        ]);
        await writer.move(place, pathOf('back'), signal);
        expect(await verdicts(writer, '', { ...file, name: pathOf('back') })).toEqual([
          VERDICT.same,
        ]);
        await writer.remove(writer.limbo, signal);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(Object.keys(entries).sort()).toEqual(['', 'back']);
      });

      it('are removed with all that is beneath, and one that is not there is no error', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        await put(writer, 'kept', 'x');
        await makeDirectory(writer, 'd');
        await makeDirectory(writer, 'd/e');
        await put(writer, 'd/e/f', 'x');
        const details = detailsOf({ linkTarget: pathOf('../kept') });
        await writer.putSpecial(pathOf('d/l'), entryOf('l', 'symlink'), details, signal);
        for (const gone of ['d', 'd', 'nowhere', 'd/e/f'])
          await writer.remove(pathOf(gone), signal);
        expect(await nameTexts(writer, '')).toEqual(['kept']);
        // A new directory of that name is not the old one.
        await makeDirectory(writer, 'd');
        await put(writer, 'd/g', 'x');
        expect(await nameTexts(writer, 'd')).toEqual(['g']);
      });

      it('can be names of one inode, if that is a copy of the right one', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const a = await put(writer, 'a', 'x', { nlink: 3 });
        await makeDirectory(writer, 'd');
        expect(await writer.link(pathOf('a'), pathOf('d/b'), a, signal)).toBe(true);
        expect(await writer.link(pathOf('a'), pathOf('d/b'), a, signal)).toBe(true);
        const other = entryOf('c', 'file', { nlink: 2 });
        expect(await writer.link(pathOf('a'), pathOf('c'), other, signal)).toBe(false);
        expect(await writer.link(pathOf('none'), pathOf('c'), a, signal)).toBe(false);
        expect(await writer.link(pathOf('no/ne'), pathOf('c'), a, signal)).toBe(false);
        await put(writer, 'taken', 'y');
        await expect(writer.link(pathOf('a'), pathOf('taken'), a, signal)).rejects.toThrow();
        await finish(writer);
        const { entries, links } = await harness.contents(target.dataset, 's1');
        expect(links).toEqual([['a', 'd/b']]);
        expect(entries['c']).toBeUndefined();
        expect(entries['d/b']).toEqual(plainOf(a, detailsOf({ data: Buffer.from('x') })));
      });

      it('of one inode with new metadata show it all', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        const a = await put(writer, 'a', 'x', { nlink: 2 });
        await writer.link(pathOf('a'), pathOf('b'), a, signal);
        const a2 = changed(a, { mode: 0o444 });
        await writer.setMetadata(pathOf('b'), a2, detailsOf(), false, signal);
        expect(await verdicts(writer, '', a2, { ...a2, name: pathOf('b') })).toEqual([
          VERDICT.same,
          VERDICT.same,
        ]);
      });

      it('of symlinks lead where the source says, also after it says something else', async () => {
        const target = await makeTarget();
        await using writer = await target.begin(order('s1'), signal);
        for (const where of ['one', 'two']) {
          const link = entryOf('l', 'symlink');
          const details = detailsOf({ linkTarget: pathOf(where) });
          await writer.putSpecial(pathOf('l'), link, details, signal);
          expect(await verdicts(writer, '', link)).toEqual([VERDICT.same]);
        }
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's1');
        expect(entries['l']?.linkTarget).toBe('two');
      });
    });

    describe('beginning', () => {
      it('goes on from the base, of which nothing was touched', async () => {
        const target = await makeTarget();
        let kept: Entry | undefined;
        await transfer(target, 's1', null, async (writer) => {
          expect(writer.isUntouched).toBe(false);
          kept = await put(writer, 'kept', 'x');
          await put(writer, 'gone', 'y');
        });
        await transfer(target, 's2', 's1', async (writer) => {
          expect(writer.isUntouched).toBe(true);
          if (kept !== undefined) expect(await verdicts(writer, '', kept)).toEqual([VERDICT.same]);
          await writer.remove(pathOf('gone'), signal);
          await put(writer, 'new', 'z');
        });
        const keys = async (name: string) =>
          Object.keys((await harness.contents(target.dataset, name)).entries).sort();
        expect(await keys('s1')).toEqual(['', 'gone', 'kept']);
        expect(await keys('s2')).toEqual(['', 'kept', 'new']);
        expect((await state()).snapshots.map(({ record }) => record.base)).toEqual([null, 's1']);
      });

      it('forgets what a transfer wrote that was never committed', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'x'));
        {
          await using writer = await target.begin(order('s2', { base: 's1' }), signal);
          await writer.remove(pathOf('a'), signal);
          await put(writer, 'b', 'y');
        }
        await transfer(target, 's3', 's1', async (writer) => {
          expect(writer.isUntouched).toBe(true);
          expect(await nameTexts(writer, '')).toEqual(['a']);
        });
        expect((await state()).snapshots.map(({ name }) => name)).toEqual(['s1', 's3']);
      });

      it('goes on with what a transfer wrote that is resumed', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'x'));
        const about = order('s2', { base: 's1' });
        let b: Entry | undefined;
        {
          await using writer = await target.begin(about, signal);
          b = await put(writer, 'b', 'y');
        }
        await using writer = await target.begin({ ...about, resume: true }, signal);
        expect(writer.isUntouched).toBe(false);
        expect(await verdicts(writer, '', b)).toEqual([VERDICT.same]);
        await finish(writer);
        const { entries } = await harness.contents(target.dataset, 's2');
        expect(Object.keys(entries).sort()).toEqual(['', 'a', 'b']);
      });

      it('takes nothing that is resumed for untouched, though nothing seems to have been written', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'x'));
        const about = order('s2', { base: 's1' });
        await (await target.begin(about, signal))[Symbol.asyncDispose]();
        await using writer = await target.begin({ ...about, resume: true }, signal);
        expect(writer.isUntouched).toBe(false);
      });

      it('resumes also a first transfer, or begins it anew with nothing there', async () => {
        const target = await makeTarget();
        const about = order('s1');
        {
          await using writer = await target.begin(about, signal);
          await makeDirectory(writer, 'd');
          await put(writer, 'd/a', 'x');
          await writer.setMetadata(TOP, top, detailsOf(), false, signal);
        }
        {
          await using writer = await target.begin({ ...about, resume: true }, signal);
          expect(writer.isUntouched).toBe(false);
          expect(await nameTexts(writer, 'd')).toEqual(['a']);
        }
        await using writer = await target.begin(order('s2'), signal);
        expect(writer.isUntouched).toBe(false);
        expect(await names(writer, '')).toEqual([]);
        expect(await verdicts(writer, '', top)).toEqual([VERDICT.other]);
      });

      it('undoes writes from outside between two runs', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'right'));
        await harness.scribble(target.dataset, 'a', Buffer.from('wrong'));
        await transfer(target, 's2', 's1', async (writer) => {
          expect(writer.isUntouched).toBe(true);
        });
        const { entries } = await harness.contents(target.dataset, 's2');
        expect(entries['a']?.data).toBe(hashOf(Buffer.from('right')));
      });

      it('works beside snapshots of others as long as nothing was written', async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'x'));
        await harness.snapshotByOthers(target.dataset, 'daily');
        await transfer(target, 's2', 's1', async (writer) => {
          expect(writer.isUntouched).toBe(true);
          await put(writer, 'b', 'y');
        });
        const { entries } = await harness.contents(target.dataset, 's2');
        expect(Object.keys(entries).sort()).toEqual(['', 'a', 'b']);
      });

      it("never destroys another's snapshot to undo a change", async () => {
        const target = await makeTarget();
        await transfer(target, 's1', null, (writer) => put(writer, 'a', 'x'));
        await harness.scribble(target.dataset, 'a', Buffer.from('precious'));
        await harness.snapshotByOthers(target.dataset, 'precious');
        const begin = target.begin(order('s2', { base: 's1' }), signal);
        await expect(begin).rejects.toMatchObject({ code: 'target-changed' });
        const missing = target.begin(order('s2', { base: 's0' }), signal);
        await expect(missing).rejects.toMatchObject({ code: 'target-changed' });
      });
    });
  });
}
