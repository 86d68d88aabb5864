import koffi from 'koffi';
import { callAsync, type Pointer } from './call.ts';
import { check } from './errno.ts';
import type { Cluster } from './rados.ts';
import { rados } from './rados-functions.ts';

/** Asks the monitors something, as `ceph` does: the command's words are in `prefix`. The answer is JSON. */
export async function monitorCommand(
  cluster: Cluster,
  command: Readonly<Record<string, string>>,
): Promise<string> {
  const json = JSON.stringify({ ...command, format: 'json' });
  const output: [Pointer | null] = [null];
  const length: [number | bigint] = [0];
  const status: [Pointer | null] = [null];
  const args = [cluster.handle, [json], 1, null, 0, output, length, status, [0]];
  const result = await callAsync<number>(rados().monCommand, args);
  try {
    check(`rados_mon_command(${command['prefix']})`, result);
    return output[0] === null ? '' : (koffi.decode(output[0], 'char', Number(length[0])) as string);
  } finally {
    for (const buffer of [output[0], status[0]]) {
      if (buffer !== null) rados().bufferFree(buffer);
    }
  }
}
