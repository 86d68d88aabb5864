import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClone, removeClone } from './browse.ts';
import {
  run,
  runHere,
  runShown,
  startInBackground,
  succeeds,
  tool,
  toolNearCeph,
} from './commands.ts';
import {
  IMAGE,
  PKI,
  PUSH_CONFIG,
  PUSHED,
  PUSHED_CLONE,
  PUSHED_ZVOL,
  SINK_CONFIG,
} from './names.ts';
import { sourceHash, targetHash } from './prove.ts';
import { check, DemoError, say } from './show.ts';

/** The ZFS side's address, as the other side sees it. */
const ADDRESS = '10.77.0.2';

const SINK = `# Near ZFS: who may push, and where to
sink:
  listen: ${ADDRESS}:8470
  tls:
    ca: ${PKI}/ca.crt
    cert: ${PKI}/issued/sink/1/sink.crt
    key: ${PKI}/issued/sink/1/sink.key
  clients:
    demo: { dataset: ${PUSHED} }
daemon:
  socket: /run/ceph2zfs-demo/daemon.sock
  state: /run/ceph2zfs-demo/state
`;

const PATIENCE_MS = 60_000;

const pushText = (conf: string): string => `# Near Ceph: what is pushed
jobs:
  - name: pushed
    source:
      type: rbd
      ceph: { conf: ${conf} }
      select: ["${IMAGE}"]
    target:
      type: sink
      url: https://${ADDRESS}:8470
      tls:
        ca: ${PKI}/ca.crt
        cert: ${PKI}/issued/demo/1/demo.crt
        key: ${PKI}/issued/demo/1/demo.key
`;

export async function makeCertificates(): Promise<void> {
  await run(...toolNearCeph('pki', 'init', '--dir', PKI));
  await run(...toolNearCeph('pki', 'issue', 'sink', 'sink', '--address', ADDRESS, '--dir', PKI));
  await run(...toolNearCeph('pki', 'issue', 'client', 'demo', '--dir', PKI));
  await runShown(...toolNearCeph('pki', 'list', '--dir', PKI));
}

/** Starts a daemon that is a sink, and waits until it listens. Disposing of it stops it. */
export async function startSink(): Promise<AsyncDisposable> {
  await writeFile(SINK_CONFIG, SINK);
  say(SINK);
  const ended = startInBackground(...tool('daemon', '--config', SINK_CONFIG));
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isListening())) {
    if (Date.now() > deadline) throw new DemoError('the sink does not listen');
    await sleep(500);
  }
  const daemon = `main[.]ts daemon --config ${SINK_CONFIG}`;
  return {
    async [Symbol.asyncDispose]() {
      await run('lab/lab', 'zfs', 'pkill', '-TERM', '-f', daemon);
      await ended;
    },
  };
}

async function isListening(): Promise<boolean> {
  return succeeds('lab/lab', 'ceph', 'bash', '-c', `</dev/tcp/${ADDRESS}/8470`);
}

export async function push(): Promise<void> {
  const text = pushText(await run('lab/lab', 'ceph', 'printenv', 'CEPH_CONF'));
  await writeFile(PUSH_CONFIG, text);
  say('', text);
  await runHere(...toolNearCeph('run', 'pushed', '--config', PUSH_CONFIG));
  await runHere(...toolNearCeph('list', '--config', PUSH_CONFIG));
}

export async function provePushed(): Promise<void> {
  const list = ['zfs', 'list', '-H', '-d', '1', '-t', 'snapshot', '-o', 'name', PUSHED_ZVOL];
  const snapshot = await run('lab/lab', 'zfs', ...list);
  await openClone(snapshot, PUSHED_CLONE);
  const hash = await sourceHash(snapshot.split('@')[1] ?? '');
  check((await targetHash(PUSHED_CLONE)) === hash, 'what was pushed is the image, byte for byte');
  await removeClone(PUSHED_CLONE);
}
