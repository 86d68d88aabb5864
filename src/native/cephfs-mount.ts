import { callAsync, type Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import { check } from './errno.ts';
import type { Cluster } from './rados.ts';
import { cString } from './strings.ts';

const POOL_NAME_BYTES = 4096;

/**
 * A CephFS that is mounted by this process alone. The functions in the neighbouring files take its
 * handle, from any thread; all of them must have returned before it is closed.
 */
export class Mount implements AsyncDisposable {
  readonly handle: Pointer;

  private constructor(handle: Pointer) {
    this.handle = handle;
  }

  /**
   * Mounts the whole of a filesystem, the cluster's default one when `filesystem` is null; gives up after the
   * option `client_mount_timeout`. All options are those that the cluster was connected with.
   */
  static async open(cluster: Cluster, filesystem: string | null): Promise<Mount> {
    const out: [Pointer | null] = [null];
    check('ceph_create_from_rados', cephfs().createFromRados(out, cluster.handle));
    const mount = new Mount(out[0] as Pointer);
    try {
      if (filesystem !== null) {
        const result = cephfs().selectFilesystem(mount.handle, filesystem) as number;
        check('ceph_select_filesystem', result);
      }
      check('ceph_mount', await callAsync<number>(cephfs().mount, [mount.handle, '/']));
      return mount;
    } catch (error) {
      cephfs().release(mount.handle);
      throw error;
    }
  }

  /** Id of the filesystem (fscid); 0 when it was mounted without a name. */
  filesystemId(): number {
    return check('ceph_get_fs_cid', Number(cephfs().getFsCid(this.handle)));
  }

  /** The pool where files go that nothing else is said of. */
  defaultDataPool(): { readonly name: string; readonly id: number } {
    const buffer = Buffer.alloc(POOL_NAME_BYTES);
    const length = cephfs().getDefaultDataPoolName(this.handle, buffer, buffer.length) as number;
    check('ceph_get_default_data_pool_name', length);
    const name = cString(buffer);
    const id = check('ceph_get_pool_id', cephfs().getPoolId(this.handle, name) as number);
    return { name, id };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    check('ceph_unmount', await callAsync<number>(cephfs().unmount, [this.handle]));
    check('ceph_release', cephfs().release(this.handle));
  }
}
