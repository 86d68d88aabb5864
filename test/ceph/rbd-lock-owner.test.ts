import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRbdCatalog } from '../../src/source/rbd/catalog.ts';
import { rbd, temporaryPool } from '../support/ceph-cli.ts';
import { cephConf } from '../support/rbd-harness.ts';

const never = new AbortController().signal;
const OWNER = new URL('../support/lock-owner.ts', import.meta.url).pathname;

let pool: Awaited<ReturnType<typeof temporaryPool>>;
let owner: ChildProcess | undefined;

beforeAll(async () => {
  pool = await temporaryPool();
});

afterEach(async () => {
  if (owner === undefined) return;
  owner.kill('SIGCONT');
  owner.stdin?.end();
  if (owner.exitCode === null) await once(owner, 'exit');
});

afterAll(async () => {
  await pool?.[Symbol.asyncDispose]();
});

/** Makes an image, and another process that owns its exclusive lock. */
async function ownedImage(image: string): Promise<ChildProcess> {
  await rbd('create', `${pool.name}/${image}`, '--size', '4M');
  owner = spawn(process.execPath, [OWNER, pool.name, image], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(owner.stdout ?? owner, 'data');
  return owner;
}

function open(snapshotTimeoutMs: number) {
  return openRbdCatalog({ conf: cephConf(), user: 'admin', snapshotTimeoutMs }, never);
}

describe('a guest that owns the exclusive lock', () => {
  it('makes the snapshot for us when it is asked, and goes on', async () => {
    await ownedImage('asked');
    await using catalog = await open(30_000);
    await using source = await catalog.open(`${pool.name}/asked`, never);
    const snapshot = await source.createSnapshot('s', never);
    expect(await source.snapshots(never)).toEqual([snapshot]);
    await source.removeSnapshot(snapshot, never);
    expect(await source.snapshots(never)).toEqual([]);
  });

  it('may answer late: what it made after the time was over is found, and not made twice', async () => {
    const guest = await ownedImage('late');
    await using catalog = await open(4000);
    await using source = await catalog.open(`${pool.name}/late`, never);
    guest.kill('SIGSTOP');
    setTimeout(() => guest.kill('SIGCONT'), 5000);
    const snapshot = await source.createSnapshot('s', never);
    expect(await source.snapshots(never)).toEqual([snapshot]);
  });

  it('may not answer at all: then the operator is told what to look at', async () => {
    const guest = await ownedImage('silent');
    await using catalog = await open(2000);
    await using source = await catalog.open(`${pool.name}/silent`, never);
    guest.kill('SIGSTOP');
    await expect(source.createSnapshot('s', never)).rejects.toMatchObject({
      code: 'snapshot-stalled',
      retry: 'backoff',
      hint: expect.stringContaining('exclusive lock'),
    });
    // The rest of the image can be used in the meantime.
    expect(await source.snapshots(never)).toEqual([]);
    const aborted = AbortSignal.timeout(500);
    await expect(source.createSnapshot('t', aborted)).rejects.toThrow('aborted due to timeout');
    guest.kill('SIGCONT');
  });
});
