import { expect, it } from 'vitest';
import type { TransferState } from '../transport/server/state.ts';
import { createMeasure } from './measure.ts';

const NOW = 1_000_000;

function transfer(changes: Partial<TransferState>): TransferState {
  return {
    client: 'alpha',
    session: 's1',
    kind: 'rbd',
    source: 'rbd/image',
    dataset: 'a/rbd/image',
    address: null,
    since: NOW,
    bytesReceived: 0,
    bytesWritten: 0,
    requests: 0,
    waited: { source: 0, network: 0, target: 0 },
    ...changes,
  };
}

it('makes a rate of what was received between two reports', () => {
  const measure = createMeasure();
  expect(measure([transfer({})], NOW)[0]?.bytesPerSecond).toBe(null);
  const [second] = measure([transfer({ bytesReceived: 3000 })], NOW + 2000);
  expect(second?.bytesPerSecond).toBe(1500);
});

it('tells what was waited for most since the report before, not since the start', () => {
  const measure = createMeasure();
  const [first] = measure([transfer({ waited: { source: 1, network: 2, target: 900 } })], NOW);
  expect(first?.waitsFor).toBe('target');
  const [second] = measure([transfer({ waited: { source: 1, network: 502, target: 1399 } })], NOW);
  expect(second?.waitsFor).toBe('network');
});

it('keeps transfers apart, and forgets those that are over', () => {
  const measure = createMeasure();
  const other = { session: 's2', bytesReceived: 7000 };
  measure([transfer({ bytesReceived: 1000 }), transfer(other)], NOW);
  const later = measure([transfer({ ...other, bytesReceived: 9000 })], NOW + 1000);
  expect(later.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([2000]);
  const again = measure([transfer({ bytesReceived: 1000 })], NOW + 2000);
  expect(again[0]?.bytesPerSecond).toBe(null);
});
