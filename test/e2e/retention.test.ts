import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import {
  ceph2zfs,
  eventsOf,
  freshDataset,
  freshImage,
  type JsonRun,
  mustRun,
  onCeph,
  onZfs,
  removeImage,
  sourceSnapshots,
  targetSnapshots,
  writeConfig,
  writeTreeConfig,
} from '../support/lab.ts';

const RULES = 'keep: { target: { last: 2 }, source: { last: 2 } }';

async function must(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await ceph2zfs(...args);
  if (exitCode === 0) return stdout;
  throw new Error(`${args.join(' ')}: exit status ${exitCode}\n${stdout}\n${stderr}`);
}

function warningsOf(run: JsonRun): readonly string[] {
  return eventsOf(run, 'warning').map(({ code }) => code);
}

it('keeps of an image what the rules say, and what is pinned or made by others', async () => {
  const name = 'retention-image';
  const spec = `rbd/${name}`;
  await freshImage(spec, '--size', '8M');
  const root = await freshDataset(name);
  const dataset = `${root}/rbd/${spec}`;
  const config = await writeConfig({ name, select: [spec], dataset: root, more: RULES });
  await onCeph('rbd', 'snap', 'create', '--no-progress', `${spec}@by-others`);

  const made: string[] = [];
  for (let round = 0; round < 4; round++) {
    const run = await mustRun(name, config);
    expect(warningsOf(run)).toEqual([]);
    made.push(...eventsOf(run, 'transfer-finished').map(({ snapshot }) => snapshot));
    if (round === 0) {
      expect(await must('pin', `${spec}@${made[0]}`, '--config', config)).toContain('pinned');
      await onZfs('zfs', 'snapshot', `${dataset}@by-others`);
    }
  }
  expect(await sourceSnapshots(spec)).toEqual(['by-others', ...made.slice(-2)]);
  expect(await targetSnapshots(dataset)).toEqual([made[0], 'by-others', ...made.slice(-2)]);
  expect(await must('list', '--config', config)).toMatch(new RegExp(`${made[0]}.*held`));

  await must('unpin', `${dataset}@${made[0]}`, '--config', config);
  const before = await targetSnapshots(dataset);
  const told = await must('prune', name, '--dry-run', '--config', config);
  expect(told).toMatch(new RegExp(`remove +${made[0]}`));
  expect(told).toMatch(new RegExp(`keep +${made[3]} +the newest; base`));
  expect(await targetSnapshots(dataset)).toEqual(before);
  await must('prune', name, '--config', config);
  expect(await targetSnapshots(dataset)).toEqual(['by-others', ...made.slice(-2)]);
  await removeImage(spec);
  await onZfs('zfs', 'destroy', '-R', root);
});

it('keeps of a tree what the rules say, on both sides', async () => {
  const name = 'retention-tree';
  await using client = await CephfsClient.open();
  const directory = await freshDirectory(client, name);
  const root = await freshDataset(name);
  const dataset = `${root}/cephfs/cephfs${directory}`;
  const source = 'scan: { margin: 10s, settle: 1s }';
  const settings = { name, select: [directory], dataset: root, source, more: RULES };
  const config = await writeTreeConfig(settings);
  const made: string[] = [];
  for (let round = 0; round < 3; round++) {
    await client.write(`${directory}/file-${round}`, 0, randomBytes(1000));
    await client.sync();
    const run = await mustRun(name, config);
    expect(warningsOf(run)).toEqual([]);
    made.push(...eventsOf(run, 'transfer-finished').map(({ snapshot }) => snapshot));
  }
  expect(await targetSnapshots(dataset)).toEqual(made.slice(-2));
  const onSource = (await client.readdir(`${directory}/.snap`)).map(String).toSorted();
  expect(onSource.filter((each) => !/^\.\.?$/.test(each))).toEqual(made.slice(-2));
  await client.removeTree(directory);
  await onZfs('zfs', 'destroy', '-R', root);
});
