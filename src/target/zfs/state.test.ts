import { expect, it } from 'vitest';
import type { CommitRecord } from '../../core/target.ts';
import { checkpointProperties, commitProperties } from './record.ts';
import { assembleState, groupProperties } from './state.ts';

const ABOUT: CommitRecord = {
  source: 'rbd/vm',
  identity: { kind: 'rbd', cluster: 'f', pool: '3', image: 'abc' },
  snapshot: { name: 's1', id: '1' },
  size: 5,
  base: null,
  description: {},
  scan: null,
};

function rows(name: string, properties: Readonly<Record<string, string>>): string[][] {
  return Object.entries(properties).map(([property, value]) => [`d@${name}`, property, value]);
}

function stateOf(...names: readonly string[]) {
  const properties = groupProperties([
    ...rows('s1', commitProperties(ABOUT)),
    ...rows('c1', checkpointProperties(ABOUT, 5, 16)),
    ...rows('c2', checkpointProperties(ABOUT, 5, 32)),
  ]);
  return assembleState('d', names, properties);
}

it('takes the newest checkpoint, unless a commit came after it', () => {
  expect(stateOf('c1', 'c2').checkpoint?.offset).toBe(32);
  expect(stateOf('c1', 's1').checkpoint).toBeNull();
  expect(stateOf('s1', 'c1').checkpoint?.offset).toBe(16);
});

it("takes others' snapshots for none of ours", () => {
  expect(stateOf('x', 's1', 'y').snapshots.map(({ name }) => name)).toEqual(['s1']);
});
