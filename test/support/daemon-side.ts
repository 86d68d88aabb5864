import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { DaemonStatus, JobStatus, RunSummary } from '../../src/http/schemas.ts';
import { nobodyRuns } from './kills.ts';
import { ceph2zfs, LAB, onZfs } from './lab.ts';

/** Where the daemon of a test keeps its things, on the ZFS side: where they outlive a loss of power. */
const HOME = '/c2zlab/ceph2zfs-e2e';
const POLL_MS = 1000;

export interface DaemonUse {
  readonly rssKiB: number;
  readonly descriptors: number;
  /** Of the whole ZFS side. */
  readonly mounts: number;
}

/** The daemon, on the ZFS side. */
export class DaemonSide {
  readonly #config: string;
  #child: ReturnType<typeof spawnDaemon> | undefined;
  /** All that it said, in all its lives. */
  log = '';

  constructor(config: string) {
    this.#config = config;
  }

  /** Its part of a configuration, with everything where no other test has it. */
  static readonly CONFIG =
    `daemon: { socket: ${HOME}/run/daemon.sock, state: ${HOME}/state, drain: 60s }\n`;

  /** Without what an earlier try has left. */
  static async afresh(config: string): Promise<DaemonSide> {
    await onZfs('rm', '-rf', HOME);
    return new DaemonSide(config);
  }

  async start(): Promise<void> {
    this.#child = spawnDaemon(this.#config);
    this.#child.stdout.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    let ended = false;
    void this.#child.then(() => (ended = true));
    for (;;) {
      if (ended) throw new Error(`the daemon has ended:\n${this.log}`);
      if ((await this.#ask('status', '--json')).exitCode === 0) return;
      await sleep(POLL_MS);
    }
  }

  /** Kills it without a word; what it had started ends by itself. */
  async kill(): Promise<void> {
    await this.#signal('-KILL');
    await this.#child;
    await nobodyRuns('zfs');
  }

  /** Ends it as systemd does, and tells its exit code. */
  async stop(): Promise<number> {
    await this.#signal('-TERM');
    return (await this.#child)?.exitCode ?? 255;
  }

  async reload(text: string): Promise<void> {
    await writeFile(this.#config, text);
    await this.#signal('-HUP');
  }

  async status(): Promise<DaemonStatus> {
    return this.#json<DaemonStatus>('status', '--json');
  }

  async history(...args: readonly string[]): Promise<readonly RunSummary[]> {
    return this.#json<RunSummary[]>('history', '--limit', '1000', '--json', ...args);
  }

  /** Tells the daemon something, such as to trigger a job. */
  async tell(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#ask(...args);
    if (exitCode === 0) return stdout;
    throw new Error(`${args.join(' ')}: exit status ${exitCode}\n${stdout}${stderr}`);
  }

  /** Waits until the jobs are as they should be. */
  async until(what: string, isSo: (jobs: readonly JobStatus[]) => boolean): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const { jobs } = await this.status();
      if (isSo(jobs)) return;
      await sleep(POLL_MS);
    }
    throw new Error(`in vain waited for: ${what}\n${this.log}`);
  }

  async use(): Promise<DaemonUse> {
    const { pid } = await this.status();
    const script = `grep VmRSS: /proc/$1/status | tr -dc 0-9; echo; ls /proc/$1/fd | wc -l
      wc -l </proc/mounts`;
    const told = await onZfs('bash', '-c', script, 'use', String(pid));
    const [rssKiB = 0, descriptors = 0, mounts = 0] = told.split('\n').map(Number);
    return { rssKiB, descriptors, mounts };
  }

  async #signal(signal: string): Promise<void> {
    try {
      await onZfs('pkill', signal, '-f', 'src/main[.]ts daemon');
    } catch (cause) {
      throw new Error(`there is no daemon any more; it said:\n${this.log}`, { cause });
    }
  }

  #ask(...args: readonly string[]) {
    const [command = '', ...rest] = args;
    return ceph2zfs(command, '--config', this.#config, ...rest);
  }

  async #json<Value>(...args: readonly string[]): Promise<Value> {
    return JSON.parse(await this.tell(...args)) as Value;
  }
}

function spawnDaemon(config: string) {
  const command = ['zfs', 'node', 'src/main.ts', 'daemon', '--config', config];
  return execa(LAB, command, { reject: false, stdin: 'ignore' });
}
