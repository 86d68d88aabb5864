import { expect, it } from 'vitest';
import type { ImageSnapshot } from '../../core/volume.ts';
import { anchorName, anchorOf } from './anchor.ts';

function snapshot(id: string, group: string | null = null): ImageSnapshot {
  return { name: `s${id}`, id, size: 1, isProtected: false, group };
}

it('an anchor has a name that no snapshot of a job has', () => {
  expect(anchorName('c2z_2026-11-23T14:00:00Z')).toBe('c2z_2026-11-23T14:00:00Z.anchor');
});

it('changes are found from the newest snapshot of the image alone that is older than the base', () => {
  const base = snapshot('10', 'rbd/g');
  const older = snapshot('9');
  const all = [snapshot('2'), older, snapshot('8', 'rbd/g'), base, snapshot('11')];
  expect(anchorOf(base, all)).toBe(older);
});

it('no other snapshot can stand in for it', () => {
  const base = snapshot('10', 'rbd/g');
  expect(anchorOf(base, [snapshot('8', 'rbd/g'), base, snapshot('11')])).toBe(undefined);
});
