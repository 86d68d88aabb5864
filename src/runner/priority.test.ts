import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { priorityPrefix } from './priority.ts';
import { startRun } from './start.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('what stands before the command of a run', () => {
  it.each([
    [{ nice: 0, io: undefined }, []],
    [{ nice: 5, io: undefined }, ['nice', '-n', '5']],
    [{ nice: 0, io: 'idle' }, ['ionice', '-c', '3']],
    [{ nice: 0, io: 0 }, ['ionice', '-c', '2', '-n', '0']],
    [{ nice: 19, io: 7 }, ['nice', '-n', '19', 'ionice', '-c', '2', '-n', '7']],
  ] as const)('is for %o: %o', (priority, expected) => {
    expect(priorityPrefix(priority)).toEqual(expected);
  });
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'priority-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The niceness and the I/O priority of each thread of a real run, as its first hook sees them. */
async function threadsOf(priority: string): Promise<readonly { nice: number; io: string }[]> {
  const hook = join(folder, 'hook');
  const script = `#!/bin/sh
for thread in /proc/$PPID/task/*; do
  echo "$(cat "$thread/stat") | $(ionice -p "\${thread##*/}")"
done >"${folder}/threads"
`;
  await writeFile(hook, script, { mode: 0o755 });
  const text = `jobs: [{name: vms, source: {type: rbd, ceph: {conf: ${folder}/none}, select: ["rbd/*"]},
    target: {type: zfs, dataset: tank}, hooks: {before: [{command: [${hook}]}]}${priority}}]`;
  const [job] = parseConfig(text, 'c.yaml').jobs;
  if (job === undefined) throw new Error('no job');
  const order = { job, task: 'back-up', only: null, dryRun: false, full: false } as const;
  await startRun(order, () => undefined).done;
  const lines = (await readFile(join(folder, 'threads'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const [stat = '', io = ''] = line.split(' | ');
    // The fields after the name, of which the first is the third of all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { nice: Number(fields[19 - 3]), io };
  });
}

describe('the process of a run', () => {
  const own = getPriority();
  // What runs the tests may stand back already.
  const MOST_NICE = constants.priority.PRIORITY_LOW;

  it.each([
    [', priority: {nice: 3, io: idle}', Math.min(MOST_NICE, own + 3), 'idle'],
    [', priority: {io: 6}', own, 'best-effort: prio 6'],
  ])('has with all its threads what its job says%s', async (text, nice, io) => {
    const threads = await threadsOf(text);
    expect(threads.length).toBeGreaterThan(4);
    for (const thread of threads) expect(thread).toEqual({ nice, io });
  });

  it('has by default that of the process that starts it', async () => {
    const threads = await threadsOf('');
    for (const { nice, io } of threads) {
      expect(nice).toBe(own);
      expect(io).not.toMatch(/idle|prio [67]/);
    }
  });
});
