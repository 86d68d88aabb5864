import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pki } from './sink.ts';
import type { SinkOrder } from './sink-process.ts';

const PROGRAM = fileURLToPath(new URL('sink-process.ts', import.meta.url));

/** Memory of a process, in bytes. */
export interface ProcessMemory {
  readonly now: number;
  /** Most that it had. */
  readonly peak: number;
}

/** Starts a sink in a process of its own: see `sink-process.ts`. */
export async function startSinkProcess(limits: SinkOrder['limits']) {
  const child = fork(PROGRAM, { serialization: 'advanced' });
  const order: SinkOrder = { tls: await pki.server(), limits };
  child.send(order);
  const [port] = (await once(child, 'message')) as [number];

  async function memory(): Promise<ProcessMemory> {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const field = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { now: field('VmRSS'), peak: field('VmHWM') };
  }

  return {
    port,
    memory,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    /** Waits until its memory has not grown for a while: what was sent to it has come as far as it comes. */
    async settled(): Promise<void> {
      for (let calm = 0, last = 0; calm < 8; ) {
        await sleep(250);
        const { peak } = await memory();
        calm = peak === last ? calm + 1 : 0;
        last = peak;
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
