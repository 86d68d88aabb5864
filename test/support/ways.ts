import { DaemonSide } from './daemon-side.ts';
import { type Kill, killRun, nobodyRuns } from './kills.ts';
import {
  GUEST_ADDRESS,
  type JobSettings,
  type JsonRun,
  mustLab,
  onCeph,
  runJson,
  runJsonOnCeph,
  sharedPath,
  succeeded,
  writeConfig,
  writeShared,
  writeTreeConfig,
} from './lab.ts';

/** How backups get from the lab's Ceph to its ZFS: by a job on the ZFS side, or by one beside Ceph that pushes to a sink. */
const WAYS = ['local', 'push'] as const;
type WayName = (typeof WAYS)[number];

/**
 * The ways on which a test is run: with LONG_TESTS all, else one. What images and trees are like on each way is then still tried by
 * some test.
 */
export function waysOr(one: WayName): readonly WayName[] {
  return process.env['LONG_TESTS'] === undefined ? [one] : WAYS;
}

type Settings = Omit<JobSettings, 'dataset'>;

/** One way, for the backups beneath one dataset. */
export interface Way extends AsyncDisposable {
  writeConfig(job: Settings): Promise<string>;
  writeTreeConfig(job: Settings): Promise<string>;
  run(job: string, config: string): Promise<JsonRun>;
  /** As `run`; anything but success throws. */
  mustRun(job: string, config: string): Promise<JsonRun>;
  /** Cuts off the job's run that is under way. */
  kill(how: Kill, job: string): Promise<void>;
  /** Waits until no process of a run is left: what was cut off may take a moment to end. */
  nobodyIsLeft(): Promise<void>;
}

export function openWay(way: WayName, dataset: string): Promise<Way> {
  return way === 'local' ? Promise.resolve(localWay(dataset)) : openPushWay(dataset);
}

/** In the middle of transfers that take some seconds. */
const CHECKPOINT = '{ every: 1s }';

function localWay(dataset: string): Way {
  return {
    writeConfig: ({ more = '', ...job }) =>
      writeConfig({ ...job, dataset, more: `checkpoint: ${CHECKPOINT}\n${more}` }),
    writeTreeConfig: (job) => writeTreeConfig({ ...job, dataset }),
    run: runJson,
    mustRun: async (job, config) => succeeded(await runJson(job, config)),
    async kill(how, job) {
      if (how === 'zfs') await crashZfs();
      else await killRun('zfs', how, job);
    },
    nobodyIsLeft: () => nobodyRuns('zfs'),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The name of the client, and of its certificate. */
const CLIENT = 'lab';
const ADDRESS = `${GUEST_ADDRESS}:8470`;

/** A sink with one client, on the ZFS side; jobs run where the cluster is. */
interface Sink extends AsyncDisposable {
  readonly daemon: DaemonSide;
  /** `target` of a job that pushes to it, as YAML lines. */
  readonly target: string;
}

/** Starts a sink whose client has `dataset`. */
async function openSink(dataset: string): Promise<Sink> {
  const pki = sharedPath('pki');
  await onCeph('rm', '-rf', pki);
  await ceph2zfsPki('init');
  await ceph2zfsPki('issue', 'sink', 'sink', '--address', GUEST_ADDRESS);
  await ceph2zfsPki('issue', 'client', CLIENT);
  const own = `${pki}/issued/${CLIENT}/1/${CLIENT}`;
  const config = await writeShared(
    'sink.yaml',
    `sink:
  listen: ${ADDRESS}
  tls: { ca: ${pki}/ca.crt, cert: ${pki}/issued/sink/1/sink.crt, key: ${pki}/issued/sink/1/sink.key }
  clients:
    ${CLIENT}: { dataset: ${dataset}, checkpoint: ${CHECKPOINT} }
${DaemonSide.CONFIG}`,
  );
  const daemon = await DaemonSide.afresh(config);
  await daemon.start();
  return {
    daemon,
    target: `type: sink\nurl: https://${ADDRESS}\ntls: { ca: ${pki}/ca.crt, cert: ${own}.crt, key: ${own}.key }`,
    [Symbol.asyncDispose]: async () => {
      await daemon.stop();
    },
  };

  async function ceph2zfsPki(...args: readonly string[]): Promise<void> {
    await onCeph('node', 'src/main.ts', 'pki', ...args, '--dir', pki);
  }
}

async function openPushWay(dataset: string): Promise<Way> {
  const sink = await openSink(dataset);
  const conf = `ceph: { conf: ${await onCeph('printenv', 'CEPH_CONF')} }`;
  const pushed = ({ source = '', ...job }: Settings): JobSettings => ({
    ...job,
    source: `${conf}\n${source}`,
    dataset: { target: sink.target },
  });
  return {
    writeConfig: (job) => writeConfig(pushed(job)),
    writeTreeConfig: (job) => writeTreeConfig(pushed(job)),
    run: runJsonOnCeph,
    mustRun: async (job, config) => succeeded(await runJsonOnCeph(job, config)),
    async kill(how, job) {
      if (how !== 'zfs') {
        await killRun('ceph', how, job);
        return;
      }
      await crashZfs();
      await sink.daemon.start();
    },
    nobodyIsLeft: () => nobodyRuns('ceph'),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

async function crashZfs(): Promise<void> {
  await mustLab('crash', 'zfs');
  await mustLab('up', 'zfs');
}
