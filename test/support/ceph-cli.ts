import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Runs Ceph's own `rbd`; its stdout. What it says when it fails is in the error. */
export async function rbd(...args: readonly string[]): Promise<string> {
  return (await run('rbd', args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

export async function ceph(...args: readonly string[]): Promise<string> {
  return (await run('ceph', args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

/** All bytes of an image or snapshot, as `rbd export` writes them. */
export async function exportImage(spec: string): Promise<Buffer> {
  const { stdout } = await run('rbd', ['export', spec, '-'], {
    maxBuffer: MAX_OUTPUT_BYTES,
    encoding: 'buffer',
  });
  return stdout;
}

let pools = 0;

/** A pool that is gone, with all images, when it is disposed of. */
export async function temporaryPool(): Promise<AsyncDisposable & { readonly name: string }> {
  const name = `test-${process.pid}-${pools++}`;
  await ceph('osd', 'pool', 'create', name, '8', '8');
  await rbd('pool', 'init', name);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await ceph('osd', 'pool', 'rm', name, name, '--yes-i-really-really-mean-it');
    },
  };
}

export async function rados(...args: readonly string[]): Promise<string> {
  return (await run('rados', args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}
