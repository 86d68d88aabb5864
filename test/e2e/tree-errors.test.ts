import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { errorsOf, expectFailure } from '../support/failure.ts';
import { holdWhileCopying } from '../support/held-run.ts';
import {
  freshDataset,
  mustLab,
  mustRun,
  onZfs,
  runJson,
  targetSnapshots,
  writeTreeConfig,
} from '../support/lab.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';

let client: CephfsClient;

beforeAll(async () => {
  await dismissJudges();
  client = await CephfsClient.open();
});

afterAll(async () => {
  await dismissJudges();
  await client.close();
});

/** A job with a directory and a dataset of its own. */
async function makeJob(name: string, beneath = '') {
  const top = await freshDirectory(client, name);
  let directory = top;
  for (const part of beneath.split('/').filter((each) => each !== '')) {
    directory += `/${part}`;
    await client.mkdir(directory);
  }
  const root = await freshDataset(name);
  const dataset = `${root}/cephfs/cephfs${directory}`;
  const scan = 'scan: { margin: 10s, settle: 1s }';
  const settings = { name, select: [directory], dataset: root, source: scan };
  return {
    name,
    directory,
    root,
    dataset,
    config: await writeTreeConfig(settings),
    judge: new TreeJudge(directory, dataset),
    async [Symbol.asyncDispose]() {
      await client.removeTree(top);
      await onZfs('zfs', 'destroy', '-R', root);
    },
  };
}

/** Files that no compression makes smaller. */
async function writeFiles(directory: string, count: number, bytes: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await client.write(`${directory}/file-${index}`, 0, randomBytes(bytes));
  }
  await client.sync();
}

async function isReadOnly(dataset: string): Promise<string> {
  return onZfs('zfs', 'get', '-H', '-o', 'value', 'readonly', dataset);
}

describe('the target of a tree', () => {
  it('that is full is named, commits nothing, is left at rest, and goes on when there is room', async () => {
    await using job = await makeJob('tree-full');
    await writeFiles(job.directory, 4, 4 * 1024 * 1024);
    await onZfs('zfs', 'set', 'quota=10M', job.root);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 1,
      code: 'pool-full',
      names: [job.dataset, 'full'],
      hint: 'Free space in the pool or raise the quota',
    });
    expect(await isReadOnly(job.dataset)).toBe('on');
    expect(await targetSnapshots(job.dataset)).toEqual([]);
    await onZfs('zfs', 'set', 'quota=none', job.root);
    await mustRun(job.name, job.config);
    await job.judge.newestIsExact();
  });

  it('whose name would be too long is refused, with what to do', async () => {
    await using job = await makeJob('tree-long', `${'x'.repeat(120)}/${'y'.repeat(120)}`);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 1,
      code: 'dataset-name',
      names: ['x'.repeat(120)],
      hint: 'shorter',
    });
  });

  it('holds little more than the change after a part of a large file was written', async () => {
    const MIB = 1024 * 1024;
    await using job = await makeJob('tree-large');
    const path = `${job.directory}/large`;
    for (let at = 0; at < 1024; at += 4) await client.write(path, at * MIB, randomBytes(4 * MIB));
    await client.sync();
    await mustRun(job.name, job.config);
    await client.write(path, 500 * MIB + 4321, randomBytes(MIB));
    await client.sync();
    await mustRun(job.name, job.config);
    const newest = await job.judge.newestIsExact();
    const get = ['zfs', 'get', '-Hp', '-o', 'value', 'written', `${job.dataset}@${newest}`];
    const written = Number(await onZfs(...get));
    expect(written).toBeGreaterThan(MIB);
    expect(written).toBeLessThan(4 * MIB);
  });
});

describe('an MDS that dies', () => {
  it('in the middle of a run is waited for, and the backup is exact', async () => {
    await using job = await makeJob('tree-mds');
    await writeFiles(job.directory, 300, 64 * 1024);
    const run = await holdWhileCopying(job.name, job.config);
    await mustLab('stop-mds');
    try {
      const ended = run.goOn();
      await sleep(5_000);
      await mustLab('start-mds');
      expect(errorsOf(await ended)).toEqual([]);
      expect((await ended).exitCode).toBe(0);
    } finally {
      await mustLab('start-mds');
    }
    await job.judge.newestIsExact();
    await writeFiles(job.directory, 3, 100);
    await mustRun(job.name, job.config);
    await job.judge.newestIsExact();
  });
});
