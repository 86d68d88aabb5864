import { callAsync, type Pointer } from './call.ts';
import { check } from './errno.ts';
import { rados } from './rados-functions.ts';
import { cString, growing, sizeRef, splitNuls } from './strings.ts';

const FSID_BYTES = 37;
const OPTION_BYTES = 4096;

export interface ClusterOptions {
  /** Path of the ceph.conf. */
  readonly conf: string;
  /** Name of the Ceph user, without `client.`. */
  readonly user: string;
  /** Path of the user's keyring, if it is not where the ceph.conf says. */
  readonly keyring?: string | undefined;
  /** Options that go over those of the ceph.conf. */
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** A connection to a cluster. All that was opened through it must be closed before it is. */
export class Cluster implements AsyncDisposable {
  readonly #handle: Pointer;

  private constructor(handle: Pointer) {
    this.#handle = handle;
  }

  /** The `rados_t`, for libraries that build on it. */
  get handle(): Pointer {
    return this.#handle;
  }

  /** Reads the configuration; no network yet. Throws ErrnoError of the call that failed. */
  static configure(options: ClusterOptions): Cluster {
    const out: [Pointer | null] = [null];
    check('rados_create2', rados().create(out, 'ceph', `client.${options.user}`, 0n));
    const cluster = new Cluster(out[0] as Pointer);
    try {
      check('rados_conf_read_file', rados().confReadFile(cluster.#handle, options.conf));
      const extra = options.keyring === undefined ? {} : { keyring: options.keyring };
      for (const [name, value] of Object.entries({ ...extra, ...options.options })) {
        cluster.setOption(name, value);
      }
    } catch (error) {
      rados().shutdown(cluster.#handle);
      throw error;
    }
    return cluster;
  }

  /** Connects; gives up after the option `client_mount_timeout`. */
  async connect(): Promise<void> {
    check('rados_connect', await callAsync<number>(rados().connect, [this.#handle]));
  }

  /** The value of a configuration option, empty if it has none. */
  option(name: string): string {
    const value = Buffer.alloc(OPTION_BYTES);
    const result = rados().confGet(this.#handle, name, value, value.length) as number;
    return result < 0 ? '' : cString(value);
  }

  /** Most options cannot be changed any more once there is a connection. */
  setOption(name: string, value: string): void {
    check(`rados_conf_set(${name})`, rados().confSet(this.#handle, name, value));
  }

  fsid(): string {
    const value = Buffer.alloc(FSID_BYTES);
    check('rados_cluster_fsid', rados().fsid(this.#handle, value, value.length));
    return cString(value);
  }

  /** Names of all pools, of whatever use. */
  async pools(): Promise<readonly string[]> {
    // Answers how much room it needs; another pool may appear between two calls.
    for (let room = 4096; ; ) {
      const names = Buffer.alloc(room);
      const args = [this.#handle, names, names.length];
      const needed = check('rados_pool_list', await callAsync<number>(rados().poolList, args));
      if (needed <= names.length) return splitNuls(names);
      room = needed * 2;
    }
  }

  /** Name of a pool; null when no pool has this id. */
  poolName(id: number): string | null {
    const name = Buffer.alloc(OPTION_BYTES);
    const result = rados().poolReverseLookup(this.#handle, id, name, name.length) as number;
    return result < 0 ? null : cString(name);
  }

  /** Opens a pool, or a namespace in it. */
  async openPool(pool: string, namespace = ''): Promise<IoContext> {
    const out: [Pointer | null] = [null];
    const result = await callAsync<number>(rados().ioctxCreate, [this.#handle, pool, out]);
    check('rados_ioctx_create', result);
    return new IoContext(out[0] as Pointer, namespace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await callAsync<void>(rados().shutdown, [this.#handle]);
  }
}

/** A pool or namespace that is open. */
export class IoContext implements Disposable {
  readonly handle: Pointer;

  constructor(handle: Pointer, namespace: string) {
    this.handle = handle;
    rados().ioctxSetNamespace(handle, namespace);
  }

  /** Id of the pool, decimal. */
  poolId(): string {
    return String(rados().ioctxGetId(this.handle));
  }

  /** What the pool is meant for: `rbd`, `cephfs`, … */
  async applications(): Promise<readonly string[]> {
    let names = Buffer.alloc(0);
    await growing('rados_application_list', 1024, (room) => {
      names = Buffer.alloc(room);
      const args = [this.handle, names, sizeRef(room)];
      return callAsync<number>(rados().applicationList, args);
    });
    return splitNuls(names);
  }

  [Symbol.dispose](): void {
    rados().ioctxDestroy(this.handle);
  }
}
