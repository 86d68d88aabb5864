import type { Extent } from '../../src/core/extent.ts';
import { GRANULE_BYTES, type MemoryState } from './memory-image.ts';

/**
 * What differs between two states, as Ceph's exact diff tells it: a granule that was written counts,
 * even with the bytes that it had; one that is gone is a zero extent.
 */
export function diffStates(base: MemoryState | null, state: MemoryState): readonly Extent[] {
  const before = base?.granules ?? new Map<number, Buffer>();
  const touched = new Set([...before.keys(), ...state.granules.keys()]);
  const changed = [...touched]
    .filter((index) => before.get(index) !== state.granules.get(index))
    .sort((a, b) => a - b);

  const extents: Extent[] = [];
  for (const index of changed) {
    const offset = index * GRANULE_BYTES;
    const length = Math.min(GRANULE_BYTES, state.size - offset);
    if (length <= 0) continue;
    const kind = state.granules.has(index) ? 'data' : 'zero';
    const last = extents.at(-1);
    if (last?.kind === kind && last.offset + last.length === offset) {
      extents[extents.length - 1] = { ...last, length: last.length + length };
    } else {
      extents.push({ offset, length, kind });
    }
  }
  return extents;
}
