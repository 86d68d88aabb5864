import koffi from 'koffi';
import { lazy } from './lazy.ts';
import { librbd } from './load.ts';

/** The functions of librbd that are used, as declared in librbd.h (16.2 and newer). */
export const rbd = lazy(() => {
  const library = librbd();
  const diffCallback = koffi.proto('int', ['uint64_t', 'size_t', 'int', 'void *']);
  return {
    // What a pool holds
    list: library.func('int rbd_list2(void *io, void *images, void *max_images)'),
    imageSpecListCleanup: library.func(
      'void rbd_image_spec_list_cleanup(void *images, size_t num_images)',
    ),
    namespaceList: library.func('int rbd_namespace_list(void *io, void *names, void *size)'),
    namespaceExists: library.func(
      'int rbd_namespace_exists(void *io, const char *name, _Out_ bool *exists)',
    ),

    // Groups of images
    groupList: library.func('int rbd_group_list(void *io, void *names, void *size)'),
    groupImageList: library.func(
      'int rbd_group_image_list(void *io, const char *group, void *images, size_t info_size, void *count)',
    ),
    groupImageListCleanup: library.func(
      'int rbd_group_image_list_cleanup(void *images, size_t info_size, size_t count)',
    ),
    groupSnapList: library.func(
      'int rbd_group_snap_list(void *io, const char *group, void *snaps, size_t info_size, void *count)',
    ),
    groupSnapListCleanup: library.func(
      'int rbd_group_snap_list_cleanup(void *snaps, size_t info_size, size_t count)',
    ),
    groupSnapCreate: library.func(
      'int rbd_group_snap_create(void *io, const char *group, const char *snap)',
    ),
    groupSnapRemove: library.func(
      'int rbd_group_snap_remove(void *io, const char *group, const char *snap)',
    ),

    // An image
    open: library.func(
      'int rbd_open(void *io, const char *name, _Out_ void **image, const char *snap_name)',
    ),
    openReadOnly: library.func(
      'int rbd_open_read_only(void *io, const char *name, _Out_ void **image, const char *snap_name)',
    ),
    close: library.func('int rbd_close(void *image)'),
    getId: library.func('int rbd_get_id(void *image, void *id, size_t id_len)'),
    getSize: library.func('int rbd_get_size(void *image, _Out_ uint64_t *size)'),
    getFeatures: library.func('int rbd_get_features(void *image, _Out_ uint64_t *features)'),
    getFlags: library.func('int rbd_get_flags(void *image, _Out_ uint64_t *flags)'),
    getOldFormat: library.func('int rbd_get_old_format(void *image, _Out_ uint8_t *old)'),
    getStripeUnit: library.func('int rbd_get_stripe_unit(void *image, _Out_ uint64_t *unit)'),
    getStripeCount: library.func('int rbd_get_stripe_count(void *image, _Out_ uint64_t *count)'),
    getDataPoolId: library.func('int64_t rbd_get_data_pool_id(void *image)'),
    getCreateTimestamp: library.func('int rbd_get_create_timestamp(void *image, void *timespec)'),
    getGroup: library.func('int rbd_get_group(void *image, void *group, size_t info_size)'),
    groupInfoCleanup: library.func('int rbd_group_info_cleanup(void *group, size_t info_size)'),
    getParent: library.func('int rbd_get_parent(void *image, void *parent, void *snap)'),
    linkedImageSpecCleanup: library.func('void rbd_linked_image_spec_cleanup(void *image)'),
    snapSpecCleanup: library.func('void rbd_snap_spec_cleanup(void *snap)'),
    stat: library.func('int rbd_stat(void *image, void *info, size_t infosize)'),
    metadataList: library.func(
      'int rbd_metadata_list(void *image, const char *start, uint64_t max, void *keys, void *key_len, void *values, void *vals_len)',
    ),
    mirrorGetInfo: library.func(
      'int rbd_mirror_image_get_info(void *image, void *info, size_t info_size)',
    ),
    mirrorGetInfoCleanup: library.func('void rbd_mirror_image_get_info_cleanup(void *info)'),

    // Snapshots
    snapList: library.func('int rbd_snap_list(void *image, void *snaps, _Inout_ int *max_snaps)'),
    snapListEnd: library.func('void rbd_snap_list_end(void *snaps)'),
    snapGetNamespaceType: library.func(
      'int rbd_snap_get_namespace_type(void *image, uint64_t snap_id, _Out_ int *type)',
    ),
    snapGetGroupNamespace: library.func(
      'int rbd_snap_get_group_namespace(void *image, uint64_t snap_id, void *group_snap, size_t info_size)',
    ),
    snapGroupNamespaceCleanup: library.func(
      'int rbd_snap_group_namespace_cleanup(void *group_snap, size_t info_size)',
    ),
    snapIsProtected: library.func(
      'int rbd_snap_is_protected(void *image, const char *snap_name, _Out_ int *is_protected)',
    ),
    snapGetId: library.func(
      'int rbd_snap_get_id(void *image, const char *snapname, _Out_ uint64_t *snap_id)',
    ),
    snapSetById: library.func('int rbd_snap_set_by_id(void *image, uint64_t snap_id)'),
    snapCreate: library.func('int rbd_snap_create(void *image, const char *snapname)'),
    snapRemoveById: library.func('int rbd_snap_remove_by_id(void *image, uint64_t snap_id)'),

    // What differs
    diffIterate: library.func('rbd_diff_iterate2', 'int', [
      'void *',
      'str',
      'uint64_t',
      'uint64_t',
      'uint8_t',
      'uint8_t',
      koffi.pointer(diffCallback),
      'void *',
    ]),

    // Reading without a thread for each request
    setImageNotification: library.func(
      'int rbd_set_image_notification(void *image, int fd, int type)',
    ),
    pollIoEvents: library.func(
      'int rbd_poll_io_events(void *image, _Out_ void **comps, int numcomp)',
    ),
    aioCreateCompletion: library.func('rbd_aio_create_completion', 'int', [
      'void *',
      'void *',
      koffi.out(koffi.pointer('void *')),
    ]),
    aioRead: library.func(
      'int rbd_aio_read2(void *image, uint64_t off, size_t len, void *buf, void *c, int op_flags)',
    ),
    aioGetReturnValue: library.func('int64_t rbd_aio_get_return_value(void *c)'),
    aioRelease: library.func('void rbd_aio_release(void *c)'),
  };
});
