import { constants } from 'node:fs';
import { callAsync, type NativeFunction, type Pointer } from '../../src/native/call.ts';
import { Mount } from '../../src/native/cephfs-mount.ts';
import { toCephDevice } from '../../src/native/device-number.ts';
import { check } from '../../src/native/errno.ts';
import { lazy } from '../../src/native/lazy.ts';
import { libcephfs } from '../../src/native/load.ts';
import { Cluster } from '../../src/native/rados.ts';

/** What only tests do to a CephFS: the program itself makes and removes snapshots, and nothing else. */
const functions = lazy(() => {
  const library = libcephfs();
  const at = (name: string, rest = '') =>
    library.func(`int ceph_${name}(void *mount, const void *path${rest})`);
  return {
    mkdir: at('mkdir', ', unsigned int mode'),
    rmdir: at('rmdir'),
    unlink: at('unlink'),
    rename: at('rename', ', const void *to'),
    link: at('link', ', const void *to'),
    symlink: at('symlink', ', const void *to'),
    mknod: at('mknod', ', unsigned int mode, uint64_t rdev'),
    chmod: at('chmod', ', unsigned int mode'),
    chown: at('lchown', ', int uid, int gid'),
    setattrx: at('setattrx', ', void *stx, int mask, int flags'),
    setxattr: at('lsetxattr', ', const char *name, const void *value, size_t size, int flags'),
    removexattr: at('lremovexattr', ', const char *name'),
    mksnap: at('mksnap', ', const char *name, unsigned int mode, void *metadata, size_t count'),
    rmsnap: at('rmsnap', ', const char *name'),
    statx: at('statx', ', void *stx, unsigned int want, unsigned int flags'),
    open: at('open', ', int flags, unsigned int mode'),
    opendir: at('opendir', ', _Out_ void **dir'),
    readdir: library.func('int ceph_readdir_r(void *mount, void *dir, void *de)'),
    closedir: library.func('int ceph_closedir(void *mount, void *dir)'),
    write: library.func(
      'int ceph_write(void *mount, int fd, const void *buffer, int64_t size, int64_t offset)',
    ),
    fsync: library.func('int ceph_fsync(void *mount, int fd, int dataOnly)'),
    close: library.func('int ceph_close(void *mount, int fd)'),
    syncFs: library.func('int ceph_sync_fs(void *mount)'),
  };
});

const STATX_BYTES = 136;
const STATX_ALL = 0x1fff;
const NOFOLLOW = 0x100;
const SETATTR_MTIME = 1 << 3;
const SETATTR_ATIME = 1 << 4;
const SETATTR_SIZE = 1 << 5;
const DIRENT_BYTES = 280;
const NS = 1_000_000_000n;

/** Text is UTF-8; bytes are taken as they are. Always from the root of the filesystem. */
export type ClientPath = string | Buffer;

function c(path: ClientPath): Buffer {
  return Buffer.concat([typeof path === 'string' ? Buffer.from(path) : path, Buffer.alloc(1)]);
}

export interface ClientStat {
  /** Type and permissions. */
  readonly mode: number;
  readonly ino: bigint;
  readonly size: bigint;
  readonly nlink: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly ctime: bigint;
}

/** A file that stays open for writing: what is written is in this client's memory for a while. */
export interface OpenWriter extends AsyncDisposable {
  write(offset: number, bytes: Uint8Array): Promise<void>;
  fsync(): Promise<void>;
}

/** A client that changes a CephFS, with a mount of its own, as other people's machines have. */
export class CephfsClient implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #mount: Mount;

  private constructor(cluster: Cluster, mount: Mount) {
    this.#cluster = cluster;
    this.#mount = mount;
  }

  /** Mounts the default filesystem of the cluster that the environment's CEPH_CONF names. */
  static async open(): Promise<CephfsClient> {
    const cluster = Cluster.configure({
      conf: process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf',
      user: 'admin',
      options: { client_acl_type: 'posix_acl', client_permissions: 'false' },
    });
    await cluster.connect();
    const mount = await Mount.open(cluster, null);
    return new CephfsClient(cluster, mount);
  }

  async mkdir(path: ClientPath, mode = 0o755): Promise<void> {
    await this.#call('mkdir', c(path), mode);
  }

  /** Writes at an offset (bytes), and makes the file if need be. The bytes may stay in memory for a while. */
  async write(path: ClientPath, offset: number, bytes: Uint8Array, mode = 0o644): Promise<void> {
    await using file = await this.openWriter(path, mode);
    await file.write(offset, bytes);
  }

  async openWriter(path: ClientPath, mode = 0o644): Promise<OpenWriter> {
    const fd = await this.#call('open', c(path), constants.O_WRONLY | constants.O_CREAT, mode);
    return {
      write: async (offset, bytes) => {
        for (let done = 0; done < bytes.length; ) {
          const rest = bytes.subarray(done);
          done += await this.#call('write', fd, rest, rest.length, offset + done);
        }
      },
      fsync: async () => void (await this.#call('fsync', fd, 0)),
      [Symbol.asyncDispose]: async () => void (await this.#call('close', fd)),
    };
  }

  async truncate(path: ClientPath, size: number): Promise<void> {
    // Not ceph_truncate: in 16.2.15 that sends times from memory that nobody has set.
    const stx = Buffer.alloc(STATX_BYTES);
    stx.writeBigUInt64LE(BigInt(size), 32);
    await this.#call('setattrx', c(path), stx, SETATTR_SIZE, NOFOLLOW);
  }

  async rename(from: ClientPath, to: ClientPath): Promise<void> {
    await this.#call('rename', c(from), c(to));
  }

  async link(existing: ClientPath, path: ClientPath): Promise<void> {
    await this.#call('link', c(existing), c(path));
  }

  async unlink(path: ClientPath): Promise<void> {
    await this.#call('unlink', c(path));
  }

  async rmdir(path: ClientPath): Promise<void> {
    await this.#call('rmdir', c(path));
  }

  async symlink(target: ClientPath, path: ClientPath): Promise<void> {
    await this.#call('symlink', c(target), c(path));
  }

  /** `mode` has the type; `rdev` is what `makedev` makes. */
  async mknod(path: ClientPath, mode: number, rdev = 0n): Promise<void> {
    await this.#call('mknod', c(path), mode, toCephDevice(rdev));
  }

  async chmod(path: ClientPath, mode: number): Promise<void> {
    await this.#call('chmod', c(path), mode);
  }

  async chown(path: ClientPath, uid: number, gid: number): Promise<void> {
    await this.#call('chown', c(path), uid, gid);
  }

  /** Sets times, nanoseconds since 1970. */
  async utimes(
    path: ClientPath,
    times: { readonly mtime?: bigint; readonly atime?: bigint },
  ): Promise<void> {
    const stx = Buffer.alloc(STATX_BYTES);
    let mask = 0;
    const put = (time: bigint | undefined, at: number, bit: number) => {
      if (time === undefined) return;
      const nanoseconds = ((time % NS) + NS) % NS;
      stx.writeBigInt64LE((time - nanoseconds) / NS, at);
      stx.writeBigInt64LE(nanoseconds, at + 8);
      mask |= bit;
    };
    put(times.atime, 64, SETATTR_ATIME);
    put(times.mtime, 96, SETATTR_MTIME);
    await this.#call('setattrx', c(path), stx, mask, NOFOLLOW);
  }

  async setXattr(path: ClientPath, name: string, value: Uint8Array | string): Promise<void> {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    await this.#call('setxattr', c(path), name, bytes, bytes.length, 0);
  }

  async removeXattr(path: ClientPath, name: string): Promise<void> {
    await this.#call('removexattr', c(path), name);
  }

  async makeSnapshot(directory: ClientPath, name: string): Promise<void> {
    await this.#call('mksnap', c(directory), name, 0o755, null, 0);
  }

  async removeSnapshot(directory: ClientPath, name: string): Promise<void> {
    await this.#call('rmsnap', c(directory), name);
  }

  async stat(path: ClientPath): Promise<ClientStat> {
    const stx = Buffer.alloc(STATX_BYTES);
    await this.#call('statx', c(path), stx, STATX_ALL, NOFOLLOW);
    const time = (at: number) => stx.readBigInt64LE(at) * NS + stx.readBigInt64LE(at + 8);
    return {
      mode: stx.readUInt16LE(20),
      ino: stx.readBigUInt64LE(24),
      size: stx.readBigUInt64LE(32),
      nlink: stx.readUInt32LE(8),
      mtime: time(96),
      ctime: time(80),
    };
  }

  /** Names in a directory, without `.` and `..`. */
  async readdir(path: ClientPath): Promise<readonly Buffer[]> {
    const out: [Pointer | null] = [null];
    await this.#call('opendir', c(path), out);
    const names: Buffer[] = [];
    try {
      for (;;) {
        const entry = Buffer.alloc(DIRENT_BYTES);
        if ((await this.#call('readdir', out[0], entry)) === 0) return names;
        const name = entry.subarray(19, entry.indexOf(0, 19));
        if (!['.', '..'].includes(name.toString())) names.push(name);
      }
    } finally {
      await this.#call('closedir', out[0]);
    }
  }

  /** Removes a directory with all that is in it, snapshots too. */
  async removeTree(path: ClientPath): Promise<void> {
    const directory = typeof path === 'string' ? Buffer.from(path) : path;
    const inside = (name: Buffer | string) =>
      Buffer.concat([directory, Buffer.from('/'), Buffer.from(name)]);
    for (const name of await this.readdir(inside('.snap'))) {
      if (!name.toString().startsWith('_')) {
        await this.removeSnapshot(directory, name.toString());
      }
    }
    for (const name of await this.readdir(directory)) {
      const child = inside(name);
      const { mode } = await this.stat(child);
      if ((mode & constants.S_IFMT) === constants.S_IFDIR) await this.removeTree(child);
      else await this.unlink(child);
    }
    await this.rmdir(directory);
  }

  /** Brings all that was written to the cluster. */
  async sync(): Promise<void> {
    await this.#call('syncFs');
  }

  /** Calls a function that the methods above do not offer, such as one of a test's own. */
  async raw(name: string, fn: NativeFunction, ...args: readonly unknown[]): Promise<number> {
    return check(name, await callAsync<number>(fn, [this.#mount.handle, ...args]));
  }

  async #call(
    name: keyof ReturnType<typeof functions>,
    ...args: readonly unknown[]
  ): Promise<number> {
    return this.raw(`ceph_${name}`, functions()[name], ...args);
  }

  async close(): Promise<void> {
    await this.#mount[Symbol.asyncDispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
