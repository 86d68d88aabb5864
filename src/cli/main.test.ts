import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { runMain } from '../../test/support/run-main.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const MINIMAL = 'docs/examples/minimal.yaml';
const CEPHFS = 'docs/examples/cephfs.yaml';

/** The program as the operator starts it. */
function ceph2zfs(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, ['src/main.ts', ...args], { cwd: ROOT, env, reject: false });
}

describe('the program', () => {
  it('checks a valid configuration', async () => {
    const result = await ceph2zfs(['check', '--config', 'docs/examples/several-jobs.yaml']);
    expect(result.stdout.split('\n')).toEqual([
      'ok: 3 jobs',
      '  production: rbd ** !*/scratch-* !test/** to zfs tank/production',
      '  production-databases: rbd rbd/db/* to zfs fast/databases',
      '  lab: rbd */* to zfs tank/lab',
    ]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('shows which filesystem directories are of', async () => {
    const { stdout } = await ceph2zfs(['check', '--config', CEPHFS]);
    expect(stdout.split('\n')).toEqual([
      'ok: 2 jobs',
      '  homes: cephfs (cephfs) /home/* !/home/scratch to zfs tank/backup',
      '  volumes: cephfs (storage) /volumes/*/* !/volumes/_deleting/** to zfs tank/volumes',
    ]);
  });

  it('shows all problems of an invalid configuration, and ends with 3', async () => {
    const file = 'docs/examples/invalid/units.yaml';
    const result = await ceph2zfs(['check'], { CEPH2ZFS_CONFIG: file });
    const expected = readFileSync(`${ROOT}docs/examples/invalid/units.expected`, 'utf8');
    const lines = result.stderr.replaceAll('docs/examples/invalid/', '').split('\n');
    expect(lines.slice(0, -1)).toEqual(expected.trimEnd().split('\n'));
    expect(lines.at(-1)).toBe('the configuration units.yaml has 12 problems');
    expect(result).toMatchObject({ exitCode: 3, stdout: '' });
  });

  it('goes on when its reader has gone', async () => {
    const child = ceph2zfs(['check', '--config', MINIMAL]);
    child.stdout.destroy();
    expect((await child).exitCode).toBe(0);
  });
});

describe('the command line', () => {
  it.each([
    [['chekc'], 'Did you mean check?'],
    [['check', '--cofnig', 'x'], 'unknown option'],
    [['check', 'more'], 'too many arguments'],
    [['run'], "missing required argument 'job'"],
    [[], 'Usage: ceph2zfs'],
    [['run', 'vm', '--config', MINIMAL], 'there is no job "vm"'],
    [['run', 'vms', '--config', MINIMAL, '--only', 'rbd'], 'write rbd/* for all images'],
    [['run', 'vms', '--config', MINIMAL, '--only', '!rbd/a'], 'cannot leave out'],
    [['run', 'vms', '--config', MINIMAL, '--only', '/home'], 'POOL/IMAGE'],
    [['run', 'homes', '--config', CEPHFS, '--only', 'home/a'], 'write /home/a'],
    [['run', 'homes', '--config', CEPHFS, '--only', '!/home/a'], 'cannot leave out'],
    [['list', '--config', MINIMAL, 'rbd/[a'], 'invalid pattern'],
    [['list', '--config', MINIMAL, '/home/'], 'ends with "/"'],
  ])('%j is wrong, and ends with 2', async (args, message) => {
    const result = await runMain(args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  it('lists the jobs when one is unknown', async () => {
    const args = ['run', 'labb', '--config', 'docs/examples/several-jobs.yaml'];
    const { stderr } = await runMain(args);
    expect(stderr).toContain('The jobs are: production, production-databases, lab.');
    expect(stderr).toContain('Did you mean "lab"?');
  });

  it('a configuration that is not there ends with 3', async () => {
    const result = await runMain(['list', '--config', '/nowhere/config.yaml']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('there is no such file');
  });

  it.each([['check'], ['run'], ['list']])('%s has help with examples', async (command) => {
    const { code, stdout } = await runMain([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('CEPH2ZFS_CONFIG');
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    expect(await runMain(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
