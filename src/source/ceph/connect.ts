import { access, constants } from 'node:fs/promises';
import { ErrnoError } from '../../native/errno.ts';
import { Cluster } from '../../native/rados.ts';
import { CephError } from './errors.ts';
import { quieten } from './quiet.ts';
import { translate } from './translate.ts';

export interface ConnectOptions {
  /** Path of the ceph.conf. */
  readonly conf: string;
  /** Name of the Ceph user, without `client.`. */
  readonly user: string;
  /** Path of the keyring, if it is not where the ceph.conf says. */
  readonly keyring?: string | undefined;
  /** Ceph's own options, over those of the ceph.conf: most cannot be changed once there is a connection. */
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** How long the monitors may take to answer, in seconds; Ceph's own default is 300. */
const MONITOR_TIMEOUT_S = '30';

const OPTIONS: Readonly<Record<string, string>> = {
  client_mount_timeout: MONITOR_TIMEOUT_S,
  rados_mon_op_timeout: MONITOR_TIMEOUT_S,
  // There is no timeout for OSDs on purpose: while one is away for a minute, reads just wait.
  // What goes wrong reaches the operator as an error, not as lines in between.
  log_to_stderr: 'false',
  err_to_stderr: 'false',
  clog_to_monitors: 'false',
};

/** Errno values that librados has for "this key is not right", depending on its release. */
const AUTH_ERRNOS = new Set(['EACCES', 'EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EKEYREJECTED', 'ENOKEY']);

/** Connects to the cluster that a ceph.conf names. */
export async function connectCluster(options: ConnectOptions): Promise<Cluster> {
  const { conf, user, keyring } = options;
  await readable('conf-unreadable', `ceph.conf ${conf}`, conf);
  if (keyring !== undefined) await readable('auth-failed', `keyring ${keyring}`, keyring);
  const cluster = configure(options);
  const monitors = cluster.option('mon_host');
  const keyrings = cluster.option('keyring');
  try {
    await cluster.connect();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw connectError(error, { user, conf, monitors, keyrings });
  }
}

function configure({ conf, user, keyring, options }: ConnectOptions): Cluster {
  try {
    const all = { ...OPTIONS, ...options };
    const cluster = Cluster.configure({ conf, user, keyring, options: all });
    quieten(cluster);
    return cluster;
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.call !== 'rados_conf_read_file') {
      throw translate(error, { what: `cannot use ceph.conf ${conf}` });
    }
    const why = error.code === 'EINVAL' ? ': it is no Ceph configuration' : '';
    const number = `${error.code}, errno ${error.errno}`;
    const message = `cannot read ceph.conf ${conf}${why} (${number})`;
    throw new CephError('conf-unreadable', message, { cause: error });
  }
}

interface ConnectFacts {
  readonly user: string;
  readonly conf: string;
  readonly monitors: string;
  readonly keyrings: string;
}

function connectError(error: unknown, { user, conf, monitors, keyrings }: ConnectFacts): unknown {
  if (!(error instanceof ErrnoError)) return translate(error, { what: `cannot connect (${conf})` });
  const number = `${error.code}, errno ${error.errno}`;
  if (error.code === 'ENOENT') {
    const message = `no key for client.${user} in any of: ${keyrings} (${number})`;
    return new CephError('auth-failed', message, { cause: error });
  }
  if (error.code === 'EIO') {
    const message = `the key of client.${user} is damaged (${number}); keyring: ${keyrings}`;
    return new CephError('auth-failed', message, { cause: error });
  }
  if (AUTH_ERRNOS.has(error.code)) {
    const message = `the cluster at ${monitors} does not let client.${user} in (${number})`;
    return new CephError('auth-failed', `${message}; keyring: ${keyrings}`, { cause: error });
  }
  const where = monitors === '' ? `of ${conf}` : `at ${monitors}`;
  const message = `cannot reach the monitors ${where} (${number})`;
  return new CephError('cluster-unreachable', message, { cause: error });
}

async function readable(
  code: 'conf-unreadable' | 'auth-failed',
  what: string,
  path: string,
): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    const { code: name, errno = 0 } = cause as NodeJS.ErrnoException;
    const message = `cannot read ${what} (${name}, errno ${Math.abs(errno)})`;
    throw new CephError(code, message, { cause });
  }
}
