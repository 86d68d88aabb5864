// Started by systemd in place of the daemon, with the sandbox of its unit: does what a backup needs, and what nothing needs.
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';

const native = '/usr/lib/ceph2zfs/src/native';
const { detachMount, mountAt, mountDetached } = await import(`${native}/libc-mount.js`);
const files = await import(`${native}/libc-files.js`);
const { setXattr } = await import(`${native}/libc-xattr.js`);
const { typeBits } = await import(`${native}/libc-stat.js`);
const bytes = (text) => Buffer.from(text);
const OPEN = files.OPEN;

const mounted = mountDetached('tmpfs', 'none', false);
const root = files.openBeneath(mounted, bytes('.'), OPEN.directory);
const fd = files.openEntry(root, bytes('file'), OPEN.readWrite | OPEN.create, 0o600);
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
const device = (type, number) => () =>
  files.makeNodeAt(root, bytes(`${type}-${number}`), typeBits(type) | 0o600, number);

const tries = {
  owner: () => files.chownFd(fd, 1234, 4321),
  setuid: () => files.chmodFd(fd, 0o6755),
  trusted: () => setXattr(fd, bytes('trusted.ceph2zfs'), bytes('x')),
  capability: () => setXattr(fd, bytes('security.capability'), capability),
  fifo: device('fifo', 0n),
  character: device('char', 0x103n),
  block: device('block', 0xfa07n),
  sync: () => files.syncFilesystem(fd),
  mount: () => {
    mkdirSync('/run/ceph2zfs/mnt/probe', { recursive: true });
    mountAt('tmpfs', 'none', '/run/ceph2zfs/mnt/probe');
    detachMount('/run/ceph2zfs/mnt/probe');
  },
  state: () => writeFileSync('/var/lib/ceph2zfs/probe', 'x'),
  spill: () => writeFileSync('/var/tmp/probe', 'x'),

  etc: () => writeFileSync('/etc/ceph2zfs/probe', 'x'),
  program: () => writeFileSync('/usr/lib/ceph2zfs/probe', 'x'),
  disk: () => {
    const dev = files.openPath('/dev', OPEN.directory);
    files.makeNodeAt(dev, bytes('probe'), typeBits('block') | 0o600, 0x700n);
    closeSync(openSync('/dev/probe', 'r'));
  },
  home: () => {
    if (readdirSync('/root').length === 0) throw new Error('nothing is there');
  },
};

const failed = Object.entries(tries).flatMap(([name, attempt]) => {
  try {
    attempt();
    return [];
  } catch (error) {
    return [[name, error.message]];
  }
});
writeFileSync('/run/ceph2zfs/probe.json', JSON.stringify(Object.fromEntries(failed)));
