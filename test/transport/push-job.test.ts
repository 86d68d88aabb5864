import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { recordingStream } from '../../src/cli/render/sample-run.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { isCephfsJob, type Job, type RbdJob } from '../../src/config/schema.ts';
import { reportError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { JobOptions } from '../../src/jobs/context.ts';
import { createBuffers } from '../../src/runner/buffers.ts';
import { listTarget } from '../../src/runner/list-target.ts';
import { sinkOptions } from '../../src/runner/sink-options.ts';
import { startRun } from '../../src/runner/start.ts';
import { openTreeTargets } from '../../src/runner/tree-targets.ts';
import { openVolumeTargets } from '../../src/runner/volume-targets.ts';
import { wiredRun } from '../../src/runner/wired-run.ts';
import { ZfsError } from '../../src/target/zfs/errors.ts';
import type { SinkClient } from '../../src/transport/server/sink-client.ts';
import type { MemoryPool } from '../fakes/memory-target.ts';
import { createMemoryLab } from '../jobs/lab.ts';
import { createTreeLab, DIRECTORY } from '../jobs/tree-lab.ts';
import { memoryClient, pki, startSink } from '../support/sink.ts';

// Whole jobs as they are configured, with the real way to a sink; Ceph and ZFS are in memory.

const signal = new AbortController().signal;
const KEEP_ONE = { target: { last: 1 }, source: {}, timeZone: 'UTC' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts the files of a client where the configuration says that they are. */
async function writeTls(name: string): Promise<void> {
  const { ca, cert, key } = await pki.client(name);
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'own.crt'), cert);
  await writeFile(join(folder, 'own.key'), key, { mode: 0o600 });
}

/** A configuration with a job for images and one for trees. */
function configText(port: number): string {
  const files = ['ca.crt', 'own.crt', 'own.key'].map((name) => join(folder, name));
  const [ca, cert, key] = files;
  const target = `{type: sink, url: "https://127.0.0.1:${port}", tls: {ca: ${ca}, cert: ${cert}, key: ${key}}, channels: 2}`;
  return `jobs:
  - {name: vms, source: {type: rbd, select: ["rbd/*"]}, target: ${target}}
  - {name: homes, source: {type: cephfs, fs: fs, select: [${DIRECTORY}]}, target: ${target}}`;
}

function jobsOf(port: number) {
  const { jobs } = parseConfig(configText(port), 'c.yaml');
  const images = jobs.find((job): job is RbdJob => !isCephfsJob(job));
  const trees = jobs.find(isCephfsJob);
  if (images === undefined || trees === undefined) throw new Error('a job is missing');
  return { images, trees };
}

const clientOf = (changes: Partial<SinkClient> = {}) => memoryClient({}, changes);

/** A cluster with two images, and what a run of the job for images does with them. */
function imagesLab() {
  const lab = createMemoryLab();
  for (const name of ['rbd/a', 'rbd/b']) {
    lab.cluster.createImage(name, 100_000).write(5_000, Buffer.alloc(30_000, name));
  }
  return {
    ...lab,
    /** A run as the runner makes it: what is configured is opened for it, and closed. */
    async runJob(job: RbdJob, changes: Partial<JobOptions> = {}) {
      lab.events.length = 0;
      const targets = await openVolumeTargets(job, createBuffers(job.memory, false));
      const kind = { ...lab.kind(), targets };
      const selection = { select: job.source.select ?? [], groups: [], only: null };
      await using run = wiredRun(lab.context(changes), kind, selection);
      await run.run(() => undefined);
    },
  };
}

const namesIn = (pool: MemoryPool, dataset: string) =>
  pool.dataset(dataset).snapshots.map(({ name }) => name);

describe('a job that pushes', () => {
  it('backs up its images, first in full and then what changed, exactly', async () => {
    const { volumes, client } = clientOf();
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const { images } = jobsOf(sink.port);
    if (images.target.type !== 'sink') throw new Error('no sink');
    expect(await sinkOptions(images.target)).toMatchObject({ channels: 2 });
    const lab = imagesLab();
    await lab.runJob(images);
    lab.cluster.image('rbd/a').write(60_000, Buffer.alloc(10_000, 7));
    await lab.runJob(images);
    const planned = lab.events.filter((event) => event.type === 'transfer-planned');
    expect(planned.map(({ source, dataset, mode }) => [source, dataset, mode])).toEqual([
      ['rbd/a', 'pool/rbd/a', 'incremental'],
      ['rbd/b', 'pool/rbd/b', 'incremental'],
    ]);
    const [first, second] = volumes.dataset('pool/rbd/a').snapshots;
    const wanted = Buffer.alloc(100_000);
    wanted.fill('rbd/a', 5_000, 35_000);
    expect(first?.data.subarray(0, 100_000).equals(wanted)).toBe(true);
    wanted.fill(7, 60_000, 70_000);
    expect(second?.data.subarray(0, 100_000).equals(wanted)).toBe(true);
    expect(lab.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  it('backs up its trees', async () => {
    const { trees, client } = clientOf();
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const job = jobsOf(sink.port).trees;
    await using targets = await openTreeTargets(job, createBuffers(job.memory, false));
    const lab = createTreeLab({}, undefined, () => targets);
    lab.tree.write('hello', 0, Buffer.from('world'));
    await lab.run();
    expect(trees.dataset(lab.dataset).snapshots).toHaveLength(1);
    expect(lab.counts()).toMatchObject({ created: 1, bytesWritten: 5 });
  });

  it('shows what it selects and would do, and the sink is left as it is', async () => {
    const { volumes, client } = clientOf();
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const { images } = jobsOf(sink.port);
    const lab = imagesLab();
    await lab.runJob(images, { task: 'test', dryRun: true });
    expect(lab.events).toMatchObject([
      {
        type: 'selection-explained',
        verdicts: [
          { source: 'rbd/a', dataset: 'pool/rbd/a', state: 'new' },
          { source: 'rbd/b', dataset: 'pool/rbd/b', state: 'new' },
        ],
      },
    ]);
    await lab.runJob(images, { dryRun: true });
    expect(lab.events.filter(({ type }) => type === 'transfer-planned')).toHaveLength(2);
    expect(volumes.datasets.size).toBe(0);
  });

  it('is another client from the next run on, when its certificate was replaced', async () => {
    const [one, other] = [clientOf(), clientOf()];
    await using sink = await startSink({ 'pve-1': one.client, 'pve-2': other.client });
    const { images } = jobsOf(sink.port);
    const lab = imagesLab();
    await writeTls('pve-1');
    await lab.runJob(images);
    await writeTls('pve-2');
    await lab.runJob(images);
    expect(namesIn(one.volumes, 'pool/rbd/a')).toHaveLength(1);
    expect(namesIn(other.volumes, 'pool/rbd/a')).toHaveLength(1);
  });

  it('fails in the words of the sink, with its hint, and says that they are of the sink', async () => {
    const refusal = new ZfsError({
      code: 'dataset-missing',
      message: 'there is no dataset tank/clients/pve-1',
      retry: 'never',
      hint: 'Make it with `zfs create tank/clients/pve-1`.',
      cause: new Error('cannot open: dataset does not exist'),
    });
    const { client, volumes } = clientOf({
      volumes: () => ({ ...volumes.catalog(), check: () => Promise.reject(refusal) }),
    });
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const run = imagesLab().runJob(jobsOf(sink.port).images);
    const told = await run.then(() => null, reportError);
    expect(told).toEqual({
      ...reportError(refusal),
      causes: ['cannot open: dataset does not exist', `so says the sink at 127.0.0.1:${sink.port}`],
    });
  });
});

describe('the rules for the target of a job that pushes', () => {
  it('are carried out, if the sink lets the client prune', async () => {
    const { volumes, client } = clientOf();
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const lab = imagesLab();
    for (let run = 0; run < 3; run++) {
      await lab.runJob(jobsOf(sink.port).images, { keep: KEEP_ONE });
    }
    expect(namesIn(volumes, 'pool/rbd/a')).toHaveLength(1);
    expect(lab.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  it('are a single warning, if it does not: the backups are made, and the source is tidied', async () => {
    const { volumes, client } = clientOf({ canPrune: false });
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const lab = imagesLab();
    for (let run = 0; run < 3; run++) {
      await lab.runJob(jobsOf(sink.port).images, { keep: KEEP_ONE });
      expect(lab.events.filter(({ type }) => type === 'warning')).toMatchObject([
        { source: null, code: 'not-allowed', hint: expect.stringContaining('allow: [prune]') },
      ]);
    }
    expect(lab.events.filter(({ type }) => type === 'transfer-failed')).toEqual([]);
    expect(namesIn(volumes, 'pool/rbd/a')).toHaveLength(3);
    expect(lab.cluster.image('rbd/a').snapshots).toHaveLength(1);

    await lab.runJob(jobsOf(sink.port).images, { task: 'prune', keep: KEEP_ONE });
    const decided = lab.events.filter((event) => event.type === 'prune-decided');
    const onTarget = decided.filter(({ side }) => side === 'target');
    expect(onTarget.flatMap(({ decisions }) => decisions.map(({ keep }) => keep))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(namesIn(volumes, 'pool/rbd/a')).toHaveLength(3);
  });

  it('are no matter where there are none', async () => {
    const { client } = clientOf({ canPrune: false });
    await using sink = await startSink({ 'pve-1': client });
    await writeTls('pve-1');
    const lab = imagesLab();
    await lab.runJob(jobsOf(sink.port).images);
    expect(lab.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });
});

describe('the backups at a sink', () => {
  it('are listed as those of a pool are, with where they are', async () => {
    const { volumes, client } = clientOf();
    const other = clientOf();
    await using sink = await startSink({ 'pve-1': client, 'pve-2': other.client });
    await writeTls('pve-1');
    const { images } = jobsOf(sink.port);
    await imagesLab().runJob(images);
    expect(await listTarget(images.target, signal)).toEqual(volumes.list());

    const config = join(folder, 'config.yaml');
    await writeFile(config, configText(sink.port));
    const [stdout, stderr] = [recordingStream(), recordingStream()];
    const code = await main(['list', '--config', config], {
      stdout: stdout.stream,
      stderr: stderr.stream,
    });
    expect({ code, stderr: stderr.text() }).toEqual({ code: 0, stderr: '' });
    expect(stdout.text()).toContain(
      `rbd/a: pool/rbd/a at https://127.0.0.1:${sink.port}, job vms, 1 snapshot`,
    );

    await writeTls('pve-2');
    expect(await listTarget(images.target, signal)).toEqual([]);
  });
});

describe('a run in a process of its own', () => {
  /** What a run ends with that never gets as far as to Ceph. */
  async function failureOf(job: Job) {
    const events: RunEvent[] = [];
    const order = { job, task: 'back-up', only: null, dryRun: false, full: false } as const;
    const { done } = startRun(order, (event) => events.push(event));
    return (await done).error;
  }

  it.each(['images', 'trees'] as const)(
    'reads the files of its %s anew, and names the one that is missing',
    async (kind) => {
      await writeTls('pve-1');
      await rm(join(folder, 'own.key'));
      expect(await failureOf(jobsOf(1)[kind])).toMatchObject({
        code: 'tls-unreadable',
        message: `cannot read ${join(folder, 'own.key')}: there is no such file`,
      });
    },
  );
});
