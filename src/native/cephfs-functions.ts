import { lazy } from './lazy.ts';
import { libcephfs } from './load.ts';

/**
 * The functions of libcephfs that are used, as declared in libcephfs.h. Paths and names are `void *`:
 * they are bytes that end with a NUL, and no text.
 */
export const cephfs = lazy(() => {
  const library = libcephfs();
  return {
    createFromRados: library.func('int ceph_create_from_rados(_Out_ void **mount, void *cluster)'),
    selectFilesystem: library.func('int ceph_select_filesystem(void *mount, const char *name)'),
    mount: library.func('int ceph_mount(void *mount, const char *root)'),
    unmount: library.func('int ceph_unmount(void *mount)'),
    release: library.func('int ceph_release(void *mount)'),
    getFsCid: library.func('int64_t ceph_get_fs_cid(void *mount)'),
    getDefaultDataPoolName: library.func(
      'int ceph_get_default_data_pool_name(void *mount, void *buffer, size_t length)',
    ),
    getPoolId: library.func('int ceph_get_pool_id(void *mount, const char *pool)'),

    statx: library.func(
      'int ceph_statx(void *mount, const void *path, void *stx, unsigned int want, unsigned int flags)',
    ),
    readlink: library.func(
      'int ceph_readlink(void *mount, const void *path, void *buffer, int64_t size)',
    ),
    listxattr: library.func(
      'int ceph_llistxattr(void *mount, const void *path, void *list, size_t size)',
    ),
    getxattr: library.func(
      'int ceph_lgetxattr(void *mount, const void *path, const void *name, void *value, size_t size)',
    ),
    getPathLayout: library.func(
      'int ceph_get_path_layout(void *mount, const void *path, _Out_ int *stripe_unit, _Out_ int *stripe_count, _Out_ int *object_size, _Out_ int *pool)',
    ),

    opendir: library.func('int ceph_opendir(void *mount, const void *path, _Out_ void **dir)'),
    readdirplus: library.func(
      'int ceph_readdirplus_r(void *mount, void *dir, void *de, void *stx, unsigned int want, unsigned int flags, void *inode)',
    ),
    closedir: library.func('int ceph_closedir(void *mount, void *dir)'),

    open: library.func(
      'int ceph_open(void *mount, const void *path, int flags, unsigned int mode)',
    ),
    read: library.func(
      'int ceph_read(void *mount, int fd, void *buffer, int64_t size, int64_t offset)',
    ),
    close: library.func('int ceph_close(void *mount, int fd)'),

    mksnap: library.func(
      'int ceph_mksnap(void *mount, const void *path, const char *name, unsigned int mode, void *metadata, size_t count)',
    ),
    rmsnap: library.func('int ceph_rmsnap(void *mount, const void *path, const char *name)'),
    chdir: library.func('int ceph_chdir(void *mount, const void *path)'),
    getSnapInfo: library.func('int ceph_get_snap_info(void *mount, const void *path, void *info)'),
    freeSnapInfo: library.func('void ceph_free_snap_info_buffer(void *info)'),
  };
});
