import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { CHECKOUT, type CleanRoot, openBootedRoot } from './clean-root.ts';

const NAME = `ceph2zfs_${packageJson.version}_amd64.deb`;
const CONFIG = '/etc/ceph2zfs/config.yaml';
const UNIT = 'ceph2zfs.service';
const SOON = { timeout: 30_000, interval: 200 };

let folder: string;
let root: CleanRoot;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ceph2zfs-unit-'));
  await execa(join(CHECKOUT, 'packaging/deb/build'), [folder]);
  root = await openBootedRoot();
  await vi.waitFor(
    async () => expect(await said('is-system-running')).toMatch(/running|degraded/),
    SOON,
  );
  await root.write(`/${NAME}`, join(folder, NAME));
});
afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function said(...args: readonly string[]): Promise<string> {
  return (await root.run('systemctl', ...args)).all;
}

function property(name: string): Promise<string> {
  return said('show', '--value', '--property', name, UNIT);
}

async function soon(name: string, value: string): Promise<void> {
  await vi.waitFor(async () => expect(await property(name)).toBe(value), SOON);
}

/** These build on each other, on a machine with systemd. */
describe('the unit', () => {
  it('is enabled by the installation, and does not start without a configuration', async () => {
    await root.must('dpkg', '--install', `/${NAME}`);
    expect(await said('is-enabled', UNIT)).toBe('enabled');
    expect(await property('ActiveState')).toBe('inactive');
    expect(await property('ConditionResult')).toBe('no');
  });

  it('starts with the next installation once there is one', async () => {
    await root.write(CONFIG, join(CHECKOUT, 'docs/examples/minimal.yaml'));
    await root.must('dpkg', '--install', `/${NAME}`);
    expect(await property('ActiveState')).toBe('active');
    await vi.waitFor(
      async () => expect(await root.must('ceph2zfs', 'status')).toContain('vms'),
      SOON,
    );
    await root.must('systemctl', 'reload', UNIT);
  });

  it('starts the daemon again when it was killed', async () => {
    await root.must('systemctl', 'kill', '--signal=KILL', UNIT);
    await soon('SubState', 'auto-restart');
  });

  it('keeps the folder of the locks when it stops', async () => {
    await root.must('systemctl', 'restart', UNIT);
    await root.must('systemctl', 'stop', UNIT);
    expect(await property('Result')).toBe('success');
    await root.must('test', '-d', '/run/ceph2zfs');
  });

  it('does not try again with a configuration that is wrong', async () => {
    await root.must('dd', 'status=none', 'if=/dev/null', `of=${CONFIG}`);
    await root.run('systemctl', 'start', UNIT);
    await soon('SubState', 'failed');
    expect(await property('ExecMainStatus')).toBe('3');
    await root.must('systemctl', 'reset-failed', UNIT);
  });

  it('lets the daemon do what backups need, and nothing else', async () => {
    await root.write('/probe.mjs', fileURLToPath(new URL('./probe.mjs', import.meta.url)));
    const start = '/usr/lib/ceph2zfs/node /probe.mjs';
    const edit = `[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart=${start}\n`;
    await root.must('mkdir', '-p', `/run/systemd/system/${UNIT}.d`);
    await root.must(
      'sh',
      '-c',
      'printf %s "$1" >"$2"',
      'sh',
      edit,
      `/run/systemd/system/${UNIT}.d/probe.conf`,
    );
    await root.must('systemctl', 'daemon-reload');
    await root.must('systemctl', 'start', UNIT);
    const failed = JSON.parse(await root.must('cat', '/run/ceph2zfs/probe.json')) as object;
    expect(failed).toEqual({
      etc: expect.stringContaining('EROFS') as string,
      program: expect.stringContaining('EROFS') as string,
      disk: expect.stringContaining('EPERM') as string,
      home: expect.anything() as unknown,
    });
  });
});
