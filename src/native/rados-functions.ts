import { lazy } from './lazy.ts';
import { librados } from './load.ts';

/** The functions of librados that are used, as declared in librados.h. */
export const rados = lazy(() => {
  const library = librados();
  return {
    create: library.func(
      'int rados_create2(_Out_ void **cluster, const char *clustername, const char *name, uint64_t flags)',
    ),
    confReadFile: library.func('int rados_conf_read_file(void *cluster, const char *path)'),
    confSet: library.func(
      'int rados_conf_set(void *cluster, const char *option, const char *value)',
    ),
    confGet: library.func(
      'int rados_conf_get(void *cluster, const char *option, void *buffer, size_t length)',
    ),
    connect: library.func('int rados_connect(void *cluster)'),
    shutdown: library.func('void rados_shutdown(void *cluster)'),
    fsid: library.func('int rados_cluster_fsid(void *cluster, void *buffer, size_t length)'),
    poolList: library.func('int rados_pool_list(void *cluster, void *buffer, size_t length)'),
    poolLookup: library.func('int64_t rados_pool_lookup(void *cluster, const char *pool)'),
    poolReverseLookup: library.func(
      'int rados_pool_reverse_lookup(void *cluster, int64_t id, void *buffer, size_t length)',
    ),
    waitForLatestOsdmap: library.func('int rados_wait_for_latest_osdmap(void *cluster)'),
    monCommand: library.func(
      'int rados_mon_command(void *cluster, const char **cmd, size_t count, void *input, size_t input_length, _Out_ void **output, _Out_ size_t *output_length, _Out_ void **status, _Out_ size_t *status_length)',
    ),
    bufferFree: library.func('void rados_buffer_free(void *buffer)'),
    ioctxCreate: library.func(
      'int rados_ioctx_create(void *cluster, const char *pool, _Out_ void **ioctx)',
    ),
    ioctxSetNamespace: library.func(
      'void rados_ioctx_set_namespace(void *ioctx, const char *nspace)',
    ),
    ioctxGetId: library.func('int64_t rados_ioctx_get_id(void *ioctx)'),
    ioctxDestroy: library.func('void rados_ioctx_destroy(void *ioctx)'),
    applicationList: library.func(
      'int rados_application_list(void *ioctx, void *values, void *length)',
    ),
  };
});
