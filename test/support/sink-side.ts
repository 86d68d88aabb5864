import { DaemonSide } from './daemon-side.ts';
import { GUEST_ADDRESS, type JobSettings, onCeph, sharedPath, writeShared } from './lab.ts';

/** The name of the client, and of its certificate. */
export const CLIENT = 'lab';
const ADDRESS = `${GUEST_ADDRESS}:8470`;

/** In the middle of transfers that take some seconds. */
export const CHECKPOINT = '{ every: 1s }';

/** A sink with one client, on the ZFS side; and what a job beside the cluster needs to push to it. */
export interface SinkSide extends AsyncDisposable {
  readonly daemon: DaemonSide;
  /** Path of its configuration. */
  readonly config: string;
  /** Further keys of the client, as YAML in one line, from now on: `quota: 1GiB`. */
  allow(keys: string): Promise<void>;
  /** `ceph2zfs pki`, for the authority of both sides. Its files are where both sides see them. */
  pki(...args: readonly string[]): Promise<void>;
  /** A job that is to push to it. */
  pushed(job: Omit<JobSettings, 'dataset'>): JobSettings;
}

/** Starts a sink whose client has `dataset`. */
export async function openSinkSide(dataset: string): Promise<SinkSide> {
  const directory = sharedPath('pki');
  const issued = `${directory}/issued`;
  const pki = async (...args: readonly string[]): Promise<void> => {
    await onCeph('node', 'src/main.ts', 'pki', ...args, '--dir', directory);
  };
  await onCeph('rm', '-rf', directory);
  await pki('init');
  await pki('issue', 'sink', 'sink', '--address', GUEST_ADDRESS);
  await pki('issue', 'client', CLIENT);

  const textWith = (keys: string): string => `sink:
  listen: ${ADDRESS}
  tls: { ca: ${directory}/ca.crt, cert: ${issued}/sink/1/sink.crt, key: ${issued}/sink/1/sink.key, crl: ${directory}/crl.pem }
  clients:
    ${CLIENT}: { dataset: ${dataset}, checkpoint: ${CHECKPOINT}${keys === '' ? '' : `, ${keys}`} }
${DaemonSide.CONFIG}`;
  const config = await writeShared('sink.yaml', textWith(''));
  const conf = `ceph: { conf: ${await onCeph('printenv', 'CEPH_CONF')} }`;
  const own = `${issued}/${CLIENT}/1/${CLIENT}`;
  const target = `type: sink\nurl: https://${ADDRESS}\ntls: { ca: ${directory}/ca.crt, cert: ${own}.crt, key: ${own}.key }`;
  const daemon = await DaemonSide.afresh(config);
  await daemon.start();
  return {
    daemon,
    config,
    async allow(keys) {
      await writeShared('sink.yaml', textWith(keys));
      await daemon.tell('reload');
    },
    pki,
    pushed: ({ source = '', ...job }) => ({
      ...job,
      source: `${conf}\n${source}`,
      dataset: { target },
    }),
    [Symbol.asyncDispose]: async () => {
      await daemon.stop();
    },
  };
}
