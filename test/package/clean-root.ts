import { once } from 'node:events';
import { mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** As systemd has it. Nothing else is in the environment. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** This machine's system, as far as it does not know of the checkout and of Node; changes stay in memory. */
export interface CleanRoot extends AsyncDisposable {
  /** What to put before a command so that it runs there. */
  readonly enter: readonly string[];
  /** Runs a command there; tells all that it said, and how it ended. */
  run(...command: readonly string[]): Promise<{ readonly exitCode: number; readonly all: string }>;
  /** As {@link run}; throws when the command fails. */
  must(...command: readonly string[]): Promise<string>;
  write(path: string, from: string): Promise<void>;
  /** All that was changed in it, with times and sizes. */
  changes(): Promise<readonly string[]>;
}

export function openCleanRoot(): Promise<CleanRoot> {
  const command = ['unshare', '--mount', script('./clean-root.sh')];
  return open(command, async (holder) => [`--target=${holder}`, '--mount', '--root', '--wd']);
}

/** The same with systemd running in it. */
export function openBootedRoot(): Promise<CleanRoot> {
  const namespaces = ['--mount', '--cgroup', '--pid', '--fork', '--kill-child'];
  const ends = ['setpriv', '--pdeathsig', 'KILL'];
  const command = [...ends, 'unshare', ...namespaces, script('./booted-root.sh')];
  return open(command, async (holder) => {
    const child = await readFile(`/proc/${holder}/task/${holder}/children`, 'utf8');
    return [`--target=${child.trim()}`, '--mount', '--root', '--wd', '--pid'];
  });
}

async function open(
  [file = '', ...args]: readonly string[],
  wayIn: (holder: number) => Promise<readonly string[]>,
): Promise<CleanRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'ceph2zfs-root-'));
  const places = [folder, CHECKOUT.replace(/\/$/, '')];
  const holder = execa(file, [...args, ...places], { stdin: 'pipe', reject: false });
  const ended = holder.then(({ stderr }) => {
    throw new Error(`the clean root ended: ${stderr}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(holder.stdout, 'data'), ended]);
  const way = await wayIn(holder.pid ?? 0);
  const enter = ['nsenter', ...way, '--', 'env', '-i', `PATH=${PATH}`];
  const inside = ['nsenter', `--target=${holder.pid}`, '--mount'];
  const changed = ['upper', 'root/run', 'root/tmp', 'root/var/tmp'].map((part) =>
    join(folder, part),
  );

  async function call([file = '', ...rest]: readonly string[], stdin?: string) {
    const options = {
      reject: false,
      all: true,
      ...(stdin === undefined ? {} : { inputFile: stdin }),
    };
    const { exitCode = 255, all } = await execa(file, rest, options);
    return { exitCode, all: String(all) };
  }

  async function must(command: readonly string[], stdin?: string): Promise<string> {
    const { exitCode, all } = await call(command, stdin);
    if (exitCode === 0) return all;
    throw new Error(`${command.join(' ')}: exit status ${exitCode}\n${all}`);
  }

  return {
    enter,
    run: (...command) => call([...enter, ...command]),
    must: (...command) => must([...enter, ...command]),
    async write(path, from) {
      await must([...enter, 'dd', 'status=none', `of=${path}`], from);
    },
    async changes() {
      const format = ['-printf', '%p %y %s %T@\n'];
      return (await must([...inside, '--', 'find', ...changed, ...format])).split('\n').sort();
    },
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      holder.kill('SIGKILL');
      await holder;
      await rmdir(folder);
    },
  };
}
