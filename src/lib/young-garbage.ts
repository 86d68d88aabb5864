/** V8's collector; Node has it when it was started with `--expose-gc`. */
type Collect = (options: { type: 'minor' }) => void;

const MIB = 1024 * 1024;

/** Well before V8 looks by itself, which is at some 40 MiB: with 32 it often still did. */
const EVERY_BYTES = 8 * MIB;

/**
 * To be told how many bytes came over TLS; lets V8 collect its youngest garbage every now and then, a millisecond or two each time.
 * Such bytes lie outside of V8's heap, 16 KiB for each small object in it. By itself V8 heeds only how many they
 * are, and then goes through the whole heap, which cost a sink a sixth of its CPU time. Does nothing where there is no `collect`.
 */
export function createYoungCollector(
  collect: Collect | undefined = globalThis.gc,
): (bytes: number) => void {
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < EVERY_BYTES) return;
    since = 0;
    collect?.({ type: 'minor' });
  };
}
