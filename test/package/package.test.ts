import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { CHECKOUT, type CleanRoot, openCleanRoot } from './clean-root.ts';

const NAME = `ceph2zfs_${packageJson.version}_amd64.deb`;
const BUILD = join(CHECKOUT, 'packaging/deb/build');
const CONFIG = '/etc/ceph2zfs/config.yaml';
const SOCKET = '/run/ceph2zfs/daemon.sock';
const EXAMPLES = '/usr/share/doc/ceph2zfs/examples';

let folder: string;
let root: CleanRoot;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ceph2zfs-package-'));
  await execa(BUILD, [join(folder, 'one')]);
  root = await openCleanRoot();
  await root.write(`/${NAME}`, join(folder, 'one', NAME));
});
afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** These build on each other: what is installed is used, and then removed. */
describe('the package', () => {
  it('is the same when it is built again, whoever does it and when', async () => {
    const surroundings = { TZ: 'Asia/Tokyo', LC_ALL: 'C', TMPDIR: folder };
    const other = ['-c', 'umask 077; exec "$@"', 'sh', BUILD, join(folder, 'two')];
    await execa('sh', other, { env: surroundings });
    const hashes = ['one', 'two'].map(async (which) => {
      const bytes = await readFile(join(folder, which, NAME));
      return createHash('sha256').update(bytes).digest('hex');
    });
    const [one, two] = await Promise.all(hashes);
    expect(two).toBe(one);
  });

  it('has what runs, and nothing that is only for development', async () => {
    const { stdout } = await execa('dpkg-deb', ['--contents', join(folder, 'one', NAME)]);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => !/^[-d]r[-w]x?.* root\/root /.test(line))).toEqual([]);
    const files = lines.map((line) => line.split(' ').at(-1) ?? '');
    const own = files.filter((file) => file.startsWith('./usr/lib/ceph2zfs/'));
    expect(own.filter((file) => /\.ts$|\.test\.|\.map$|musl/.test(file))).toEqual([]);
    const found = own.map((file) => file.split('/node_modules/')[1]?.split('/')[0]);
    expect(found).toContain('koffi');
    for (const name of ['vitest', 'typescript', '@biomejs', '@types']) {
      expect(found).not.toContain(name);
    }
  });

  it('is installed where there is no Node, and no checkout', async () => {
    expect((await root.run('sh', '-c', 'command -v node')).exitCode).not.toBe(0);
    expect((await root.run('test', '-e', join(CHECKOUT, 'package.json'))).exitCode).toBe(1);
    await root.must('dpkg', '--install', `/${NAME}`);
    expect((await root.run('sh', '-c', 'command -v node')).exitCode).not.toBe(0);
    expect(await root.must('stat', '-c', '%a %U:%G', '/etc/ceph2zfs')).toBe('755 root:root');
    expect(await root.must('dpkg', '--verify', 'ceph2zfs')).toBe('');
  });

  it('depends on the packages of all libraries that its binaries need', async () => {
    const binaries = await root.must('find', '/usr/lib/ceph2zfs', '-name', '*.node');
    const linked = await root.must('ldd', '/usr/lib/ceph2zfs/node', ...binaries.split('\n'));
    expect(linked).not.toContain('not found');
    const libraries = [...linked.matchAll(/^\s+(\S+\.so\S*) =>/gm)].map(([, name]) => name ?? '');
    const depends = await root.must('dpkg-query', '-W', '-f', '${Depends}', 'ceph2zfs');
    expect(libraries).toContain('libstdc++.so.6');
    for (const library of new Set(libraries)) {
      const owner = (await root.must('dpkg', '-S', `*/${library}`)).split(':')[0] ?? '';
      expect(depends).toContain(owner);
    }
  });

  it('tells its version and checks a configuration without writing anything anywhere', async () => {
    const before = await root.changes();
    expect(await root.must('ceph2zfs', '--version')).toBe(packageJson.version);
    for (const example of ['minimal', 'cephfs', 'several-jobs', 'sink', 'full']) {
      const args = ['check', '--config', `${EXAMPLES}/${example}.yaml`];
      expect(await root.must('ceph2zfs', ...args)).toMatch(/^ok: /);
    }
    expect(await root.changes()).toEqual(before);
  });

  it('has a unit that systemd understands, and that waits for a configuration', async () => {
    const unit = await root.must('cat', '/lib/systemd/system/ceph2zfs.service');
    expect(unit).toContain(`ConditionPathExists=${CONFIG}\n`);
    const verify = ['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no'];
    const { exitCode, all } = await root.run(...verify, '/lib/systemd/system/ceph2zfs.service');
    expect(all.split('\n').filter((line) => line.includes('ceph2zfs'))).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('runs jobs in processes of their own', async () => {
    await root.write(CONFIG, join(CHECKOUT, 'docs/examples/minimal.yaml'));
    const { exitCode, all } = await root.run('ceph2zfs', 'run', 'vms');
    // There is no cluster, or not even its libraries: the process of the run says it in its own words.
    expect(all).not.toContain('the process of the run');
    expect(all).toMatch(/librados|cluster|ceph\.conf|zfs/);
    expect(exitCode).toBe(4);
  });

  it('runs the daemon as the unit does, which answers and ends on SIGTERM', async () => {
    const unit = await root.must('cat', '/lib/systemd/system/ceph2zfs.service');
    const command = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    const [file = '', ...args] = [...root.enter, ...command];
    const daemon = execa(file, args, { all: true, reject: false });
    const deadline = Date.now() + 20_000;
    while ((await root.run('test', '-S', SOCKET)).exitCode !== 0 && Date.now() < deadline) {
      await sleep(100);
    }
    expect(await root.must('stat', '-c', '%a %F', SOCKET)).toBe('600 socket');
    expect(await root.must('ceph2zfs', 'status')).toContain('vms');
    // nsenter, env and the wrapper have become Node, one after the other.
    daemon.kill('SIGTERM');
    const { exitCode, all } = await daemon;
    expect(all).toContain('ended');
    expect(exitCode).toBe(0);
    expect((await root.run('test', '-e', SOCKET)).exitCode).toBe(1);
  });

  it('can be configured again and again', async () => {
    const group = await root.must('getent', 'group', 'ceph2zfs');
    await root.must('/var/lib/dpkg/info/ceph2zfs.postinst', 'configure', packageJson.version);
    await root.must('dpkg', '--install', `/${NAME}`);
    expect(await root.must('getent', 'group', 'ceph2zfs')).toBe(group);
    expect(await root.must('ceph2zfs', 'check')).toMatch(/^ok: /);
  });

  it('keeps what the daemon remembers when it is removed', async () => {
    await root.must('dpkg', '--remove', 'ceph2zfs');
    expect((await root.run('ceph2zfs', '--version')).exitCode).not.toBe(0);
    await root.must('test', '-e', '/var/lib/ceph2zfs/history.sqlite');
  });

  it('leaves nothing behind but what others wrote when it is purged', async () => {
    await root.must('dpkg', '--purge', 'ceph2zfs');
    await root.must('rm', `/${NAME}`);
    const left = (await root.changes()).filter((line) =>
      /\/[^/ ]*ceph2zfs[^/ ]* [^c ] /.test(line),
    );
    const paths = left.map((line) => line.split(' ')[0]?.replace(/^.*\/(upper|root)\//, '/'));
    expect(paths).toEqual(['/etc/ceph2zfs']);
    await root.must('test', '-e', CONFIG);
    expect((await root.run('getent', 'group', 'ceph2zfs')).exitCode).not.toBe(0);
  });
});
