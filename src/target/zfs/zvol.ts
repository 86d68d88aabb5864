import { roundUp } from './block-writer.ts';
import { setProperties, zfs } from './command.ts';
import { requireKey } from './root.ts';

/** How a volume lies when nobody writes it: read-only, and without device nodes. */
const AT_REST = { readonly: 'on', volmode: 'none' } as const;

/** How long tidying up may take when the run itself was cancelled already. */
const TIDY_MS = 30_000;

/** Puts a volume back to rest, also after the run's own signal was aborted. */
export async function hide(dataset: string): Promise<void> {
  await setProperties(dataset, AT_REST, AbortSignal.timeout(TIDY_MS));
}

interface Geometry {
  /** Bytes, as is the other. */
  readonly size: number;
  readonly blockSize: number;
}

async function volumeGeometry(dataset: string, signal: AbortSignal): Promise<Geometry> {
  const wanted = 'volsize,volblocksize,keystatus';
  const output = await zfs(['get', '-Hp', '-o', 'value', wanted, dataset], signal);
  const [size, blockSize, keyStatus = ''] = output.split('\n');
  requireKey(dataset, keyStatus);
  const geometry = { size: Number(size), blockSize: Number(blockSize) };
  if (Number.isSafeInteger(geometry.size) && Number.isSafeInteger(geometry.blockSize)) {
    return geometry;
  }
  throw new Error(`zfs get ${wanted} of ${dataset} gave ${JSON.stringify(output)}`);
}

/**
 * Makes the volume just as long as whole blocks for `bytes` are. A volume cannot be empty: it keeps
 * one block then.
 */
export async function resize(
  dataset: string,
  bytes: number,
  signal: AbortSignal,
): Promise<Geometry> {
  const { size, blockSize } = await volumeGeometry(dataset, signal);
  const wanted = Math.max(roundUp(bytes, blockSize), blockSize);
  if (size !== wanted) {
    // Not in one command: the size of a read-only volume cannot be changed.
    await setProperties(dataset, { readonly: 'off' }, signal);
    await setProperties(dataset, { volsize: String(wanted) }, signal);
  }
  return { size: wanted, blockSize };
}

/** Makes a sparse volume at rest, one block long for now. */
export async function createZvol(
  dataset: string,
  blockSize: number,
  properties: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const all = { ...properties, ...AT_REST, snapdev: 'hidden' };
  const options = Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const size = String(blockSize);
  await zfs(['create', '-s', '-b', size, ...options, '-V', size, dataset], signal);
}
