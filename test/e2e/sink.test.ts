import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { Judge } from '../support/exact.ts';
import {
  ceph2zfs,
  ceph2zfsOnCeph,
  eventsOf,
  freshDataset,
  freshImage,
  type JsonRun,
  onZfs,
  removeImage,
  runJsonOnCeph,
  succeeded,
  writeConfig,
} from '../support/lab.ts';
import { openWriter } from '../support/rbd-writer.ts';
import { CLIENT, openSinkSide } from '../support/sink-side.ts';

const MIB = 1024 * 1024;
const NAME = 'sink-rules';
const SPEC = 'rbd/sink-rules';

/** What a run failed with: of one of its sources, or of all. */
function codesOf(run: JsonRun): readonly (string | undefined)[] {
  const failed = eventsOf(run, 'transfer-failed').map(({ error }) => error.code);
  const ended = eventsOf(run, 'run-finished').flatMap(({ error }) => error?.code ?? []);
  return [...failed, ...ended];
}

it('holds a client to its quota and its certificate, and lets it in again, without a restart', async () => {
  await freshImage(SPEC, '--size', '128M');
  const root = await freshDataset(NAME);
  const dataset = `${root}/rbd/${SPEC}`;
  await using sink = await openSinkSide(root);
  const { pid } = await sink.daemon.status();
  const config = await writeConfig(sink.pushed({ name: NAME, select: [SPEC] }));
  const push = () => runJsonOnCeph(NAME, config);
  const judge = new Judge(SPEC);
  await using writer = await openWriter('rbd', '', NAME);
  await writer.write(0, randomBytes(96 * MIB));

  await sink.allow('quota: 64MiB');
  await expect
    .poll(() => onZfs('zfs', 'get', '-Hp', '-o', 'value', 'quota', root), { timeout: 60_000 })
    .toBe(String(64 * MIB));
  const full = await push();
  expect(full.exitCode).toBe(1);
  expect(codesOf(full)).toEqual(['pool-full']);
  await sink.allow('quota: 1GiB');
  await expect
    .poll(() => onZfs('zfs', 'get', '-Hp', '-o', 'value', 'quota', root), { timeout: 60_000 })
    .toBe(String(1024 * MIB));
  succeeded(await push());
  await judge.newestIsExact(dataset);

  await sink.pki('revoke', CLIENT);
  await sink.daemon.tell('reload');
  await writer.write(8 * MIB, randomBytes(MIB));
  const refused = await push();
  expect(refused.exitCode).not.toBe(0);
  expect(codesOf(refused)).toEqual(['sink-certificate']);
  const { sink: seen } = await sink.daemon.status();
  expect(seen).toMatchObject({ refused: { certificate: expect.any(Number) } });

  // The same name again; a file of the job's is where the old one was.
  await sink.pki('issue', 'client', CLIENT);
  await replaceCertificate();
  succeeded(await push());
  await judge.newestIsExact(dataset);
  await judge.olderAreExact(dataset);
  await judge.nothingIsLeftBehind(dataset);
  expect((await sink.daemon.status()).pid).toBe(pid);

  const there = await ceph2zfs('list', '--config', sink.config);
  expect(there.stdout).toContain(`${SPEC}: ${dataset}, pushed by ${CLIENT}, 3 snapshots`);
  const here = await ceph2zfsOnCeph('list', '--config', config);
  expect(here.stdout).toMatch(new RegExp(`^${SPEC}: \\S*rbd/${SPEC} at https://`, 'm'));
  await removeImage(SPEC);
});

async function replaceCertificate(): Promise<void> {
  const script =
    'cd node_modules/.lab/pki/issued/$1; for file in $1.crt $1.key; do cp -p 2/$file 1/$file; done';
  await onZfs('bash', '-c', script, 'replace', CLIENT);
}
