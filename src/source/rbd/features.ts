/** Names of an image's features, by bit, as `rbd info` shows them. */
const FEATURES = [
  'layering',
  'striping',
  'exclusive-lock',
  'object-map',
  'fast-diff',
  'deep-flatten',
  'journaling',
  'data-pool',
  'operations',
  'migrating',
  'non-primary',
  'dirty-cache',
] as const;

/** Flags of an image or snapshot, by bit: what of it cannot be believed. */
const FLAGS = ['object map invalid', 'fast diff invalid'] as const;

export function featureNames(features: bigint): readonly string[] {
  return bitNames(features, FEATURES, 'feature');
}

export function flagNames(flags: bigint): readonly string[] {
  return bitNames(flags, FLAGS, 'flag');
}

function bitNames(bits: bigint, names: readonly string[], kind: string): readonly string[] {
  const found: string[] = [];
  for (let bit = 0; bits >> BigInt(bit) > 0n; bit++) {
    if ((bits >> BigInt(bit)) & 1n) found.push(names[bit] ?? `${kind}-${bit}`);
  }
  return found;
}
