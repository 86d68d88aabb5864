import { type Kill, killRun, nobodyRuns } from './kills.ts';
import {
  type JobSettings,
  type JsonRun,
  mustLab,
  runJson,
  runJsonOnCeph,
  succeeded,
  writeConfig,
  writeTreeConfig,
} from './lab.ts';
import { CHECKPOINT, openSinkSide } from './sink-side.ts';

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

async function openPushWay(dataset: string): Promise<Way> {
  const sink = await openSinkSide(dataset);
  return {
    writeConfig: (job) => writeConfig(sink.pushed(job)),
    writeTreeConfig: (job) => writeTreeConfig(sink.pushed(job)),
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
