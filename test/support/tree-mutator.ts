import { ErrnoError } from '../../src/native/errno.ts';
import { MemoryTree } from '../fakes/memory-tree.ts';
import { CephfsClient, type OpenWriter } from './cephfs-client.ts';
import type { Random } from './random.ts';

const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;
const S_IFSOCK = 0o140000;
const NS = 1_000_000_000n;
const REFUSALS = new Set(['EXDEV', 'ENOENT', 'EEXIST', 'ENOTEMPTY']);

/** Names that are awkward: not UTF-8 (as Latin-1 here: each character is one byte), long, with everything in them. */
const AWKWARD = ['\xff\xfe', 'sp ace', 'new\nline', 'é', 'x'.repeat(255), '-rf', '*', '#1'];

/**
 * Changes a directory of a CephFS at random, through two clients, which both leave things in their memory. A
 * tree in memory knows which names there are, so that most changes make sense.
 */
export class TreeMutator implements AsyncDisposable {
  readonly #clients: readonly [CephfsClient, CephfsClient];
  readonly #random: Random;
  readonly #top: string;
  readonly #model = new MemoryTree();
  /** Files that are open, with bytes that may not have been written yet. */
  readonly #open: OpenWriter[] = [];
  #count = 0;
  /** Changes that the cluster refused. */
  refused = 0;

  private constructor(clients: readonly [CephfsClient, CephfsClient], random: Random, top: string) {
    this.#clients = clients;
    this.#random = random;
    this.#top = top;
  }

  static async open(random: Random, top: string): Promise<TreeMutator> {
    const clients = [await CephfsClient.open(), await CephfsClient.open()] as const;
    return new TreeMutator(clients, random, top);
  }

  get #client(): CephfsClient {
    return this.#random.pick(this.#clients);
  }

  /**
   * Whether a change was made. Some are refused: a rename from one directory with a quota to another, or one
   * for which this client is not up to date with what the other one did.
   */
  async #does(change: (client: CephfsClient) => Promise<void>): Promise<boolean> {
    try {
      await change(this.#client);
      return true;
    } catch (error) {
      if (!(error instanceof ErrnoError) || !REFUSALS.has(error.code)) throw error;
      this.refused++;
      return false;
    }
  }

  #real(path: string): Buffer {
    return Buffer.from(`${this.#top}/${path}`, 'latin1');
  }

  /** A part of the tree that is made once and left alone, for scans to leave out. */
  async makeOld(directories: number, files: number): Promise<void> {
    await this.#mkdir('old');
    for (let index = 0; index < directories; index++) {
      const directory = `old/d${index}`;
      await this.#mkdir(directory);
      for (let file = 0; file < files; file++) {
        await this.#client.write(this.#real(`${directory}/f${file}`), 0, this.#bytes(2_000));
      }
    }
  }

  /** One random change; a gentle one removes and moves nothing. */
  async change(isGentle = false): Promise<void> {
    const random = this.#random;
    const model = this.#model;
    const paths = model.paths().filter((path) => path !== 'old' && !path.startsWith('old/'));
    const directories = ['', ...paths.filter((path) => model.at(path).type === 'directory')];
    const files = paths.filter((path) => model.at(path).type === 'file');
    const directory = random.pick(directories);
    const name = random.next() < 0.2 ? random.pick(AWKWARD) : `n${this.#count++ % 40}`;
    const fresh = directory === '' ? name : `${directory}/${name}`;
    const any = paths.length === 0 ? null : random.pick(paths);
    const file = files.length === 0 ? null : random.pick(files);
    const isFree = !model.has(fresh);
    const depth = fresh.split('/').length;
    const kind = random.next() * (isGentle ? 0.5 : 1);
    if (kind < 0.2 && isFree) await this.#create(fresh);
    else if (kind < 0.3 && isFree && depth < 6) await this.#mkdir(fresh);
    else if (kind < 0.45 && file !== null) await this.#overwrite(file);
    else if (kind < 0.5 && file !== null) await this.#truncate(file);
    else if (kind < 0.65 && any !== null) await this.#rename(any, fresh);
    else if (kind < 0.68 && any !== null) await this.#swap(any, random.pick(paths));
    else if (kind < 0.74 && file !== null && isFree) await this.#link(file, fresh);
    else if (kind < 0.8 && any !== null) await this.#remove(any);
    else if (kind < 0.92 && any !== null) await this.#changeMetadata(any);
    else if (isFree) await this.#special(fresh);
  }

  /** Changes until it is told to stop, so that snapshots are taken meanwhile; gently from when it is told to. */
  keepChanging(): { readonly calm: () => void; readonly stop: () => Promise<void> } {
    let isGoing = true;
    let isGentle = false;
    const done = (async () => {
      while (isGoing) {
        await this.change(isGentle);
        // With nothing removed the tree grows, and is judged as a whole each time.
        await new Promise((resolve) => setTimeout(resolve, isGentle ? 200 : 20));
      }
    })();
    return {
      calm() {
        isGentle = true;
      },
      async stop() {
        isGoing = false;
        await done;
      },
    };
  }

  async #create(path: string): Promise<void> {
    const writer = await this.#client.openWriter(this.#real(path), 0o640);
    this.#model.write(path, 0, Buffer.alloc(1));
    await writer.write(0, this.#bytes(this.#random.pick([0, 100, 5_000, 700_000])));
    // A hole in the middle.
    if (this.#random.next() < 0.3) await writer.write(3_000_000, this.#bytes(1_000));
    this.#open.push(writer);
    if (this.#open.length > 4) await this.#open.shift()?.[Symbol.asyncDispose]();
  }

  async #overwrite(path: string): Promise<void> {
    // Now and then in the middle, and of the same size.
    const offset = this.#random.pick([0, 50, 400_000]);
    await this.#client.write(this.#real(path), offset, this.#bytes(this.#random.between(1, 3_000)));
    if (this.#random.next() < 0.2) {
      const before = BigInt(this.#random.between(1, 10_000)) * NS + 123_456_789n;
      await this.#client.utimes(this.#real(path), { mtime: 1_600_000_000n * NS + before });
    }
  }

  async #truncate(path: string): Promise<void> {
    await this.#client.truncate(this.#real(path), this.#random.between(0, 500_000));
  }

  async #mkdir(path: string): Promise<void> {
    await this.#client.mkdir(this.#real(path));
    this.#model.mkdir(path);
  }

  async #rename(from: string, to: string): Promise<void> {
    const model = this.#model;
    if (`${to}/`.startsWith(`${from}/`) || `${from}/`.startsWith(`${to}/`)) return;
    if (model.has(to)) {
      const [source, target] = [model.at(from), model.at(to)];
      if (source === target) return;
      if ((source.type === 'directory') !== (target.type === 'directory')) return;
      if (target.type === 'directory' && target.children.size > 0) return;
    }
    if (!(await this.#does((client) => client.rename(this.#real(from), this.#real(to))))) return;
    model.rename(from, to);
  }

  async #swap(one: string, other: string): Promise<void> {
    if (`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)) return;
    await this.#rename(one, 'swapping');
    if (!this.#model.has('swapping')) return;
    await this.#rename(other, one);
    await this.#rename('swapping', this.#model.has(other) ? one : other);
  }

  async #link(existing: string, path: string): Promise<void> {
    const [from, to] = [this.#real(existing), this.#real(path)];
    if (await this.#does((client) => client.link(from, to))) this.#model.link(existing, path);
  }

  async #remove(path: string): Promise<void> {
    const inode = this.#model.at(path);
    if (inode.type === 'directory') await this.#client.removeTree(this.#real(path));
    else await this.#client.unlink(this.#real(path));
    this.#model.unlink(path);
  }

  async #changeMetadata(path: string): Promise<void> {
    const real = this.#real(path);
    const { type } = this.#model.at(path);
    const kind = this.#random.between(0, 4);
    if (kind === 0 && type !== 'symlink') {
      await this.#client.chmod(
        real,
        this.#random.pick([0o700, 0o755, 0o4755, 0o2770, 0o1777, 0o444]),
      );
    } else if (kind === 1) await this.#client.chown(real, this.#random.between(0, 2000), 100);
    else if (kind === 2) {
      const mtime = BigInt(this.#random.pick([1, 946_684_800, 2_000_000_000])) * NS + 987_654_321n;
      await this.#client.utimes(real, { mtime });
    } else if (type === 'file' || type === 'directory') {
      const name = this.#random.pick(['user.note', 'user.other', 'trusted.secret']);
      const size = this.#random.pick([0, 20, 4_000]);
      await this.#client.setXattr(real, name, this.#bytes(size));
      if (type === 'directory' && this.#random.next() < 0.3) {
        await this.#client.setXattr(real, 'ceph.quota.max_files', '1000000');
      }
    }
  }

  async #special(path: string): Promise<void> {
    const kind = this.#random.between(0, 3);
    if (kind === 0) {
      const target = this.#random.pick(['/etc/passwd', '../..', 'nowhere', 'x'.repeat(300)]);
      await this.#client.symlink(target, this.#real(path));
      this.#model.symlink(path, target);
      return;
    }
    const mode = [S_IFIFO, S_IFCHR, S_IFSOCK][kind - 1] ?? S_IFIFO;
    await this.#client.mknod(this.#real(path), mode | 0o600, mode === S_IFCHR ? 0x105n : 0n);
    this.#model.mknod(path, 'fifo');
  }

  /** Bytes of which some compress and some do not. */
  #bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length, this.#random.between(0, 255));
    for (let at = 0; at < Math.min(length, 2_000); at++) bytes[at] = this.#random.between(0, 255);
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.#open) await writer[Symbol.asyncDispose]();
    for (const client of this.#clients) await client.close();
  }
}
