import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { Judge } from '../support/exact.ts';
import { errorsOf, expectFailure, plainTextOf } from '../support/failure.ts';
import { holdWhileCopying } from '../support/held-run.ts';
import {
  ceph2zfs,
  eventsOf,
  freshDataset,
  freshImage,
  LAB,
  mustLab,
  mustRun,
  onCeph,
  onZfs,
  removeImage,
  runJson,
  sourceSnapshots,
  targetSnapshots,
  writeConfig,
} from '../support/lab.ts';

/** Large enough that a run is still copying it when a test comes in between. */
const LARGE = '192M';

/** Makes an image of random bytes, which no compression makes smaller. */
async function randomImage(spec: string, size: string): Promise<void> {
  await removeImage(spec);
  const script = 'set -o pipefail; head -c "$2" /dev/urandom | rbd import --no-progress - "$1"';
  await onCeph('bash', '-c', script, 'import', spec, size);
}

/** A job with an image and a dataset of its own. */
async function makeJob(name: string, settings: Partial<Parameters<typeof writeConfig>[0]> = {}) {
  const spec = `rbd/${name}`;
  const root = await freshDataset(name);
  const config = await writeConfig({ name, select: [spec], dataset: root, ...settings });
  return {
    name,
    spec,
    root,
    dataset: `${root}/rbd/${spec}`,
    config,
    async [Symbol.asyncDispose]() {
      await removeImage(spec);
      await onZfs(
        'bash',
        '-c',
        'zfs destroy -R "$1" || { sleep 2; zfs destroy -R "$1"; }',
        'bash',
        root,
      );
    },
  };
}

/** How a volume lies when nobody writes it. */
async function restingProperties(dataset: string): Promise<string[]> {
  const get = ['zfs', 'get', '-H', '-o', 'value', 'readonly,volmode', dataset];
  return (await onZfs(...get)).split('\n');
}

const AT_REST = ['on', 'none'];

async function isExact({ spec, dataset }: { spec: string; dataset: string }): Promise<void> {
  const judge = new Judge(spec);
  await judge.newestIsExact(dataset);
  await judge.nothingIsLeftBehind(dataset);
}

/** The lab's ceph.conf with some of its lines changed. */
async function changedConf(name: string, change: (text: string) => string): Promise<string> {
  const path = new URL(`../../node_modules/.lab/${name}`, import.meta.url).pathname;
  const conf = await onCeph('bash', '-c', 'cat "$CEPH_CONF"');
  await writeFile(path, `${change(conf)}\n`);
  return path;
}

describe('the way to the cluster', () => {
  const WRONG_KEY = '[client.admin]\n\tkey = AQDkIVNlAAAAABAAJ2X1F8Wk3L9d0oGcZ1f4Uw==\n';

  it.each([
    {
      fault: 'a ceph.conf that is not there',
      ceph: async () => 'conf: /nowhere/ceph.conf',
      code: 'conf-unreadable',
      names: ['/nowhere/ceph.conf'],
      hint: 'Check the path of the ceph.conf',
    },
    {
      fault: 'a key that the cluster does not know',
      ceph: async () => `keyring: ${await changedConf('wrong.keyring', () => WRONG_KEY)}`,
      code: 'auth-failed',
      names: ['client.admin', 'wrong.keyring', '10.77.0.1'],
      hint: 'ceph auth get client.',
    },
    {
      fault: 'a user without a key',
      ceph: async () => 'user: stranger',
      code: 'auth-failed',
      names: ['client.stranger', 'keyring'],
      hint: 'ceph auth get client.',
    },
    {
      fault: 'monitors that do not answer',
      ceph: async () =>
        `conf: ${await changedConf('away.conf', (conf) =>
          conf.replace(/^mon host = .*$/m, 'mon host = v2:10.77.0.1:3999'),
        )}`,
      code: 'cluster-unreachable',
      names: ['10.77.0.1:3999', 'monitors'],
      hint: 'Check mon_host in the ceph.conf',
    },
  ])('with $fault a run says so, and how to mend it', async ({ ceph, code, names, hint }) => {
    const name = 'errors-way';
    await using job = await makeJob(name, { source: `ceph: { ${await ceph()} }` });
    const started = Date.now();
    expectFailure(await runJson(name, job.config), { exitCode: 4, code, names, hint });
    expect(Date.now() - started).toBeLessThan(60_000);
  });

  it('is told as plain text with its hint, and without a stack', async () => {
    await using job = await makeJob('errors-plain', { source: 'ceph: { conf: /nowhere/x }' });
    const { exitCode, stdout, stderr } = await ceph2zfs('run', job.name, '--config', job.config);
    expect(exitCode).toBe(4);
    expect(stderr.split('\n')).toEqual([
      'error: cannot read ceph.conf /nowhere/x (ENOENT, errno 2)',
      expect.stringMatching(/^ {2}cause: ENOENT/),
      expect.stringMatching(/^ {2}hint: Check the path of the ceph.conf/),
    ]);
    expect(stdout).toMatch(/errors-plain: failed: /);
  });
});

describe('what is selected', () => {
  it('warns of a pattern for a pool that does not exist, and fails when nothing else is selected', async () => {
    await using job = await makeJob('errors-pool', { select: ['no-such-pool/*'] });
    const run = await runJson(job.name, job.config);
    expect(eventsOf(run, 'warning')).toMatchObject([
      { code: 'pattern-unmatched', message: expect.stringContaining('"no-such-pool/*"') },
    ]);
    expectFailure(run, {
      exitCode: 4,
      code: 'nothing-selected',
      names: ['none of the'],
      hint: 'See `rbd ls`',
    });
    expect(plainTextOf(run)).toContain('the pattern "no-such-pool/*" matches nothing');
  });

  it('names an --only that matches no image, and succeeds with one that does', async () => {
    await using job = await makeJob('errors-only');
    await freshImage(job.spec, '--size', '4M');
    const run = await runJson(job.name, job.config, '--only', 'rbd/errors-none');
    expectFailure(run, {
      exitCode: 4,
      code: 'nothing-selected',
      names: ['--only "rbd/errors-none"', '1 selected image'],
      hint: 'See `rbd ls`',
    });
    await mustRun(job.name, job.config, '--only', job.spec);
  });
});

describe('the target', () => {
  it('names a dataset that is missing, and how to make it', async () => {
    await using job = await makeJob('errors-missing');
    await freshImage(job.spec, '--size', '4M');
    await onZfs('zfs', 'destroy', job.root);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 4,
      code: 'dataset-missing',
      names: [job.root, 'does not exist'],
      hint: `zfs create ${job.root}`,
    });
    await onZfs('zfs', 'create', job.root);
    await mustRun(job.name, job.config);
    await isExact(job);
  });

  it('asks for an encryption key that is not loaded, and continues when it is', async () => {
    await using job = await makeJob('errors-key');
    await freshImage(job.spec, '--size', '4M');
    await onZfs('zfs', 'destroy', job.root);
    const create = 'echo long-enough | zfs create -o encryption=on -o keyformat=passphrase "$1"';
    await onZfs('bash', '-c', create, 'bash', job.root);
    await mustRun(job.name, job.config);
    await onZfs('bash', '-c', 'zfs unmount "$1"; zfs unload-key -r "$1"', 'bash', job.root);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 4,
      code: 'key-not-loaded',
      names: [job.root],
      hint: `zfs load-key ${job.root}`,
    });
    await onZfs('bash', '-c', 'echo long-enough | zfs load-key "$1"', 'bash', job.root);
    await mustRun(job.name, job.config);
    await isExact(job);
  });

  it('tells a full quota from other write errors, leaves the volume at rest, and continues', async () => {
    await using job = await makeJob('errors-full');
    await randomImage(job.spec, '128M');
    await onZfs('zfs', 'set', 'quota=48M', job.root);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 1,
      code: 'pool-full',
      names: [job.dataset, 'full'],
      hint: 'Free space in the pool or raise the quota',
    });
    expect(await restingProperties(job.dataset)).toEqual(AT_REST);
    expect(await targetSnapshots(job.dataset)).not.toContainEqual(expect.stringMatching(/^c2z_/));
    await onZfs('zfs', 'set', 'quota=none', job.root);
    await mustRun(job.name, job.config);
    await isExact(job);
  });

  it('writes no volume that somebody else has open, and says how to find them', async () => {
    await using job = await makeJob('errors-busy');
    await freshImage(job.spec, '--size', '4M');
    await mustRun(job.name, job.config);
    await onZfs('zfs', 'set', 'volmode=dev', job.dataset);
    const user = await holdOpen(`/dev/zvol/${job.dataset}`);
    try {
      expectFailure(await runJson(job.name, job.config), {
        exitCode: 1,
        code: 'zvol-busy',
        names: [job.dataset],
        hint: `fuser -v /dev/zvol/${job.dataset}`,
      });
    } finally {
      await user.end();
    }
    await mustRun(job.name, job.config);
    await isExact(job);
  });

  it('lets one of two runs at a time work, and tells the other with an exit code of its own', async () => {
    await using job = await makeJob('errors-twice');
    await randomImage(job.spec, LARGE);
    const first = await holdWhileCopying(job.name, job.config);
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 5,
      code: 'target-busy',
      names: [job.dataset, 'another run'],
      hint: 'Wait for it to end',
    });
    expect((await first.goOn()).exitCode).toBe(0);
    await isExact(job);
  });
});

/** Opens a device exclusively on the ZFS side, as a mount does. */
async function holdOpen(device: string) {
  const script = `const { openSync, constants } = require('node:fs');
    const until = Date.now() + 20000;
    const attempt = () => {
      try { openSync(${JSON.stringify(device)}, constants.O_RDONLY | constants.O_EXCL); console.log('open'); setInterval(() => {}, 1000); }
      catch (error) { if (Date.now() > until) throw error; setTimeout(attempt, 100); }
    };
    attempt();`;
  const child = execa(LAB, ['zfs', 'node', '-e', script], { reject: false, stdin: 'ignore' });
  await once(child.stdout, 'data');
  return {
    async end() {
      child.kill();
      await child;
      await onZfs('bash', '-c', 'while fuser -s "$1"; do sleep 0.1; done', 'bash', device);
    },
  };
}

describe('the source, in the middle of a run', () => {
  it('commits nothing of an image that was removed meanwhile', async () => {
    await using job = await makeJob('errors-gone');
    await randomImage(job.spec, LARGE);
    const run = await holdWhileCopying(job.name, job.config);
    await removeImage(job.spec);
    expectFailure(await run.goOn(), {
      exitCode: 1,
      code: 'image-missing',
      names: [job.spec, 'does not exist'],
      hint: '`rbd ls POOL` lists the images',
    });
    expect(await targetSnapshots(job.dataset)).not.toContainEqual(expect.stringMatching(/^c2z_/));
    expect(await restingProperties(job.dataset)).toEqual(AT_REST);
  });

  it('commits nothing of a snapshot that was removed meanwhile, and starts anew', async () => {
    await using job = await makeJob('errors-snapshot');
    await randomImage(job.spec, LARGE);
    const run = await holdWhileCopying(job.name, job.config);
    // The image goes on changing: what is read now would be of another time.
    const write = ['--io-pattern', 'seq', '--io-size', '4M', '--io-total', LARGE];
    await onCeph('rbd', 'bench', '--io-type', 'write', ...write, job.spec);
    const [snapshot = ''] = await sourceSnapshots(job.spec);
    await onCeph('rbd', 'snap', 'rm', '--no-progress', `${job.spec}@${snapshot}`);
    expectFailure(await run.goOn(), {
      exitCode: 1,
      code: 'snapshot-missing',
      names: [`${job.spec}@${snapshot}`, 'somebody removed'],
      hint: 'a new run starts from what is left',
    });
    expect(await targetSnapshots(job.dataset)).not.toContain(snapshot);
    expect(await restingProperties(job.dataset)).toEqual(AT_REST);
    await mustRun(job.name, job.config);
    await isExact(job);
  });

  it('ends with the time that the configuration gives it when the cluster lost an object', async () => {
    const name = 'errors-lost';
    await onCeph('ceph', 'osd', 'pool', 'create', name, '1', '1');
    await onCeph('rbd', 'pool', 'init', name);
    try {
      await randomImage(`${name}/image`, '32M');
      await using job = await makeJob(name, {
        select: [`${name}/*`],
        more: 'timeouts: { stall: 5s }',
      });
      await losesObject(name, 'image');
      const run = await runJson(job.name, job.config);
      expectFailure(run, {
        exitCode: 4,
        code: 'stalled',
        names: ['no progress for 5 s', `${name}/image: copying`],
        hint: 'ceph health detail',
      });
    } finally {
      await onCeph('ceph', 'tell', 'osd.0', 'config', 'set', INJECT, 'false');
      await onCeph('ceph', 'osd', 'pool', 'rm', name, name, '--yes-i-really-really-mean-it');
    }
  });

  it('names a snapshot that the user may not make, and the rights that are missing', async () => {
    const user = 'client.errors-rights';
    await using job = await makeJob('errors-rights', {
      source: `ceph: { user: errors-rights, keyring: ${await keyringOf(user, 'profile rbd-read-only')} }`,
    });
    await randomImage(job.spec, '8M');
    expectFailure(await runJson(job.name, job.config), {
      exitCode: 1,
      code: 'permission-denied',
      names: [`cannot open image ${job.spec} for writing`, 'may not do this'],
      hint: 'profile rbd',
    });
    expect(await restingProperties(job.dataset)).toEqual(AT_REST);
    await onCeph('ceph', 'auth', 'caps', user, 'mon', 'profile rbd', 'osd', 'profile rbd');
    await mustRun(job.name, job.config);
    await isExact(job);
    await onCeph('ceph', 'auth', 'rm', user);
  });

  it('waits while an OSD is away, and then goes on as if nothing had been', async () => {
    await using job = await makeJob('errors-osd');
    await randomImage(job.spec, LARGE);
    const run = await holdWhileCopying(job.name, job.config);
    await mustLab('stop-osd');
    try {
      const ended = run.goOn();
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      await mustLab('start-osd');
      expect(errorsOf(await ended)).toEqual([]);
      expect((await ended).exitCode).toBe(0);
    } finally {
      await mustLab('start-osd');
    }
    await isExact(job);
  });
});

const INJECT = 'bluestore_debug_inject_read_err';

/** Makes the cluster's only copy of one of the image's objects unreadable. */
async function losesObject(pool: string, image: string): Promise<void> {
  const info = await onCeph('rbd', 'info', '--format', 'json', `${pool}/${image}`);
  const { block_name_prefix } = JSON.parse(info) as { block_name_prefix: string };
  await onCeph('ceph', 'tell', 'osd.0', 'config', 'set', INJECT, 'true');
  const object = `${block_name_prefix}.0000000000000003`;
  await onCeph('ceph', 'tell', 'osd.0', 'injectdataerr', pool, object);
}

async function keyringOf(user: string, osd: string): Promise<string> {
  await onCeph('ceph', 'auth', 'rm', user);
  const caps = ['mon', 'profile rbd', 'osd', osd];
  const keyring = await onCeph('ceph', 'auth', 'get-or-create', user, ...caps);
  return changedConf(`${user}.keyring`, () => keyring);
}

describe('a person', () => {
  it('who presses Ctrl-C gets exit code 130 and a volume at rest, and the next run continues', async () => {
    await using job = await makeJob('errors-interrupt', { more: 'checkpoint: { every: 1s }' });
    await randomImage(job.spec, LARGE);
    const held = await holdWhileCopying(job.name, job.config);
    await held.signal('INT');
    const run = await held.goOn();
    expect(run.exitCode).toBe(130);
    expect(run.stderr).toBe('Stopping cleanly; once more to force.');
    expect(eventsOf(run, 'run-finished')).toMatchObject([
      {
        outcome: 'cancelled',
        error: { code: 'cancelled', message: expect.stringContaining('SIGINT') },
      },
    ]);
    expect(await restingProperties(job.dataset)).toEqual(AT_REST);
    const [claimed] = await sourceSnapshots(job.spec);
    const next = await mustRun(job.name, job.config);
    // What was cut off is brought to its end before a new snapshot is made.
    expect(eventsOf(next, 'transfer-finished')[0]?.snapshot).toBe(claimed);
    await isExact(job);
  });
});
