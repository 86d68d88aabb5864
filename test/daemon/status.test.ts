import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectDaemon } from '../../src/cli/daemon-client.ts';
import { statusLines } from '../../src/cli/render/status.ts';
import { reportError } from '../../src/core/errors.ts';
import type { RunEventBody } from '../../src/core/events.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import { createWatchers } from '../../src/runner/watchers.ts';
import { openDatabase } from '../../src/state/history-database.ts';
import { fakeStart } from '../support/scripted-run.ts';

// What goes wrong, as `ceph2zfs status` shows it: asked over the socket of a daemon with all of its real parts.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let config: string;
let daemon: Daemon | undefined;

beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/ceph2zfs-daemon-`);
  config = `${directory}/config.yaml`;
});
afterEach(async () => {
  vi.useRealTimers();
  daemon?.hurry();
  await daemon?.stop();
  daemon = undefined;
  await rm(directory, { recursive: true });
});

function configure(more = ''): Promise<void> {
  const text = `daemon: { socket: ${directory}/run/daemon.sock, state: ${directory}/state }
jobs:
  - name: vms
    source: { type: rbd, ceph: { conf: ${directory}/none }, select: ["rbd/*"] }
    target: { type: zfs, dataset: tank/backup }
    ${more}
`;
  return writeFile(config, text);
}

async function start(world: DaemonOptions['world'] = {}): Promise<void> {
  daemon = await startDaemon({ config, onEvent: () => undefined, log: () => undefined, world });
}

const client = () => connectDaemon({ config, socket: `${directory}/run/daemon.sock` });

/** What `ceph2zfs status` shows. */
async function shown(): Promise<string> {
  const asked = await client();
  return statusLines(await asked.status(), await asked.sources(undefined)).join('\n');
}

/** What it shows once a run that is triggered now has ended. */
async function shownAfterRun(): Promise<string> {
  const asked = await client();
  await asked.trigger('vms', { only: null, full: false, dryRun: false });
  const isOver = async () => (await asked.status()).jobs[0]?.running === null;
  await expect.poll(isOver, { timeout: 40_000 }).toBe(true);
  return shown();
}

/** A run of which one source fails, and another one is backed up. */
function failing(error: unknown): readonly RunEventBody[] {
  return [
    { type: 'sources-selected', sources: ['rbd/db', 'rbd/web'] },
    { type: 'transfer-failed', source: 'rbd/db', error: reportError(error) },
    finished('rbd/web'),
  ];
}

function finished(source: string): RunEventBody {
  return {
    type: 'transfer-finished',
    source,
    dataset: `tank/backup/rbd/${source}`,
    snapshot: 'c2z_2026-11-23T14:00:00Z',
    mode: 'full',
    diff: 'exact',
    size: 1,
    tree: null,
    bytesRead: 1,
    bytesWritten: 1,
    durationMs: 1,
  };
}

/** What a source that makes no progress is cancelled with. */
async function stall(): Promise<unknown> {
  using watchers = createWatchers({ stallMs: 1, graceMs: 1000, onStall: () => undefined });
  using watch = watchers.watch('rbd/db');
  watchers.touch('rbd/db', 'rbd/db: copying');
  await expect.poll(() => watch.signal.aborted).toBe(true);
  return watch.signal.reason;
}

describe('the status of a job', () => {
  it('shows a hook that failed, with its words and what to do', async () => {
    const hook = `${directory}/freeze`;
    await writeFile(hook, '#!/bin/sh\necho "no tape in drive" >&2\nexit 7\n', { mode: 0o755 });
    await configure(`hooks: { before: [{ command: [${hook}, --all] }] }`);
    await start();
    const text = await shownAfterRun();
    expect(text).toMatch(
      new RegExp(`^failed: vms\n  .*before hook .${hook} --all. failed with exit status 7.*\n`),
    );
    expect(text).toContain('\n    no tape in drive\n');
    expect(text).toMatch(/\n {4}hint: .*See what the command says, and correct it\.\n/);
    expect(text).toMatch(/\nvms +waiting +FAILED, /);
  });

  it('shows a hook that took too long, and which limit it passed', async () => {
    const hook = `${directory}/freeze`;
    await writeFile(hook, '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
    await configure(`hooks: { before: [{ command: [${hook}], timeout: 1s }] }`);
    await start();
    const text = await shownAfterRun();
    expect(text).toMatch(new RegExp(`^failed: vms\n  .*${hook}.*1s.*\n`));
    expect(text).toMatch(/\n {4}hint: .*its `timeout` sets how long it may take\.\n/);
  });

  it('shows a source that stalled, and that the others went on', async () => {
    await configure('schedule: { every: 1h }');
    await start({ startRun: fakeStart(failing(await stall())) });
    const asked = await client();
    await expect.poll(async () => (await asked.status()).jobs[0]?.retry).toBeTruthy();
    const text = await shown();
    expect(text).toMatch(/^failed: vms: rbd\/db\n {2}no progress for 0 s while rbd\/db: copying\n/);
    expect(text).toMatch(
      /\n {4}hint: See whether the cluster .*`timeouts\.stall` sets the time\.\n/,
    );
    expect(text).toMatch(/\nvms +retry 1 +FAILED, \d+s ago, 1 failed /);
  });
});

describe('a configuration that is refused', () => {
  it('is shown with all that is wrong with it, until one is accepted', async () => {
    await configure();
    await start();
    await configure(
      'bandwidth: { limit: 5KiB, windows: [{ from: "7:00", to: "19:00", limit: fast }] }',
    );
    for (let time = 0; time < 2; time++) {
      await expect(daemon?.reload()).rejects.toThrow('config.yaml');
      const text = await shown();
      const [first = '', ...rest] = text.split('\n');
      expect(first).toContain('config.yaml has 3 problems');
      expect(rest.slice(0, 3)).toEqual([
        expect.stringMatching(/config\.yaml:6:\d+: jobs\[0\]\.bandwidth\.limit: .*at least 64KiB/),
        expect.stringMatching(/config\.yaml:6:\d+: jobs\[0\]\.bandwidth\.windows\[0\]\.from: /),
        expect.stringMatching(/config\.yaml:6:\d+: jobs\[0\]\.bandwidth\.windows\[0\]\.limit: /),
      ]);
      expect(text).toContain('\n  hint: The daemon goes on with what it had; correct the file');
    }
    await configure('bandwidth: 5MiB');
    await daemon?.reload();
    expect(await shown()).not.toContain('hint:');
  });

  it('is shown also when there is none to be read', async () => {
    await configure();
    await start();
    await rename(config, `${config}.away`);
    await expect(daemon?.reload()).rejects.toThrow('config.yaml');
    expect(await shown()).toMatch(
      /^cannot read .*config\.yaml.*no such file\n {2}hint: The daemon goes on/,
    );
    await rename(`${config}.away`, config);
    await daemon?.reload();
    expect(await shown()).not.toContain('hint:');
  });
});

describe('a history that cannot be written', () => {
  const runs = { startRun: fakeStart([finished('rbd/db')]) };

  it('because the disk is full stops no run, is shown with what to do, and is written once there is space', async () => {
    let database: DatabaseSync | undefined;
    let pages = 100_000;
    const open = (path: string): DatabaseSync => {
      database = openDatabase(path);
      database.exec(`PRAGMA max_page_count = ${pages}`);
      return database;
    };
    const fill = {
      type: 'warning',
      source: null,
      code: 'x',
      message: 'x'.repeat(50_000),
      hint: null,
    } as const;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await configure();
    await start({ startRun: fakeStart([fill, finished('rbd/db')]), openDatabase: open });
    pages = 1;
    database?.exec('PRAGMA max_page_count = 1');
    const text = await shownAfterRun();
    expect(text).toMatch(
      new RegExp(
        `^the history ${directory}/state/history.sqlite cannot be written: database or disk is full\n`,
      ),
    );
    expect(text).toContain(
      `\n  hint: Free space on the filesystem of ${directory}/state. Backups go on meanwhile.`,
    );
    expect(text).toMatch(/\nvms +waiting +ok, \d+s ago/);
    expect(await shownAfterRun()).toMatch(/\nvms +waiting +ok, \d+s ago/);
    // Nothing is told, so nothing is written by itself.
    pages = 100_000;
    vi.advanceTimersByTime(60_000);
    expect(await shown()).not.toContain('hint:');
    const kept = await (await client()).runs({ limit: '10' });
    expect(kept.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  it('nor opened stops no run, and is no reason to show no status', async () => {
    await configure();
    await mkdir(`${directory}/state/history.sqlite`, { recursive: true });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await start(runs);
    const text = await shownAfterRun();
    expect(text).toContain(`the history ${directory}/state/history.sqlite cannot be written: `);
    expect(text).toMatch(
      /\n {2}hint: .* is no regular file: move it away\. Backups go on meanwhile\./,
    );
    expect(text).toMatch(/\nvms +waiting +ok, \d+s ago/);
    await rm(`${directory}/state/history.sqlite`, { recursive: true });
    vi.advanceTimersByTime(60_000);
    expect(await shown()).not.toContain('hint:');
    expect(await (await client()).runs({ limit: '10' })).toHaveLength(1);
  });
});
