import { describe, expect, it } from 'vitest';
import type { SourceIdentity, SourceSnapshot } from '../core/source.ts';
import type { Checkpoint, TargetSnapshot, TargetState } from '../core/target.ts';
import { ourSnapshots, planTransfer } from './plan.ts';

const IDENTITY: SourceIdentity = { kind: 'rbd', cluster: 'f', pool: '1', image: 'abc' };
const REPLACED: SourceIdentity = { ...IDENTITY, image: 'def' };

function onSource(id: number, name = `s${id}`): SourceSnapshot {
  return { name, id: String(id) };
}

function committed(id: number, name = `s${id}`, identity = IDENTITY): TargetSnapshot {
  const snapshot = { name, id: String(id) };
  const rest = { source: 'rbd/a', size: 100, base: null, scan: null, description: {} };
  return { name, record: { identity, snapshot, ...rest } };
}

function state(dataset: string, rest: Partial<TargetState> = {}): TargetState {
  const empty = { snapshots: [], checkpoint: null, claim: null };
  return { dataset, identity: IDENTITY, ...empty, ...rest };
}

function plan(
  snapshots: readonly SourceSnapshot[],
  generations: readonly TargetState[],
  full = false,
) {
  return planTransfer({ identity: IDENTITY, snapshots, generations, full });
}

describe('planTransfer', () => {
  it('copies everything when the target has nothing', () => {
    expect(plan([], [])).toEqual({
      dataset: null,
      base: null,
      reason: 'first',
      beside: null,
      resume: null,
    });
  });

  it('starts from the newest snapshot that both sides have', () => {
    const target = state('t', { snapshots: [committed(1), committed(2)] });
    const result = plan([onSource(1), onSource(2), onSource(3)], [target]);
    expect(result.base?.source.id).toBe('2');
    expect(result).toMatchObject({ dataset: 't', reason: null, beside: null, resume: null });
  });

  it('does not take an image made again under its name for the old one', () => {
    const target = state('t', { identity: REPLACED, snapshots: [committed(1, 's1', REPLACED)] });
    expect(plan([onSource(1)], [target])).toMatchObject({
      dataset: null,
      base: null,
      reason: 'replaced',
      beside: 't',
    });
  });

  it('does not take a snapshot made again under its name for the base', () => {
    const target = state('t', { snapshots: [committed(1, 'daily')] });
    const result = plan([onSource(7, 'daily')], [target]);
    expect(result).toMatchObject({ dataset: null, reason: 'no-base', beside: 't' });
  });

  it('does not go back behind newer backups to an older common snapshot', () => {
    const target = state('t', { snapshots: [committed(1), committed(2)] });
    expect(plan([onSource(1)], [target])).toMatchObject({ dataset: null, reason: 'no-base' });
  });

  it('believes no snapshot on a dataset of ours that tells of another image', () => {
    const target = state('t', { snapshots: [committed(1, 's1', REPLACED)] });
    expect(plan([onSource(1)], [target])).toMatchObject({ dataset: null, base: null });
  });

  it('writes a full resync beside the old backup when it is asked to', () => {
    const target = state('t', { snapshots: [committed(1)] });
    const result = plan([onSource(1)], [target], true);
    expect(result).toMatchObject({ dataset: null, base: null, reason: 'asked', beside: 't' });
  });

  it('goes on with a dataset that never got its first commit', () => {
    const old = state('t', { snapshots: [committed(1)] });
    const begun = state('t::2', { claim: 's5' });
    expect(plan([onSource(5)], [old, begun])).toMatchObject({
      dataset: 't::2',
      base: null,
      beside: 't',
      resume: { snapshot: { id: '5' }, checkpoint: null },
    });
  });

  it('continues from a checkpoint whose source snapshot is still there', () => {
    const checkpoint: Checkpoint = { name: 'c', snapshotId: '2', base: 's1', offset: 64 };
    const target = state('t', { snapshots: [committed(1)], checkpoint, claim: 's2' });
    expect(plan([onSource(1), onSource(2)], [target]).resume).toEqual({
      snapshot: onSource(2),
      checkpoint,
    });
  });

  it('starts afresh when the source snapshot of a checkpoint is gone or not the same', () => {
    const checkpoint: Checkpoint = { name: 'c', snapshotId: '2', base: 's1', offset: 64 };
    const target = state('t', { snapshots: [committed(1)], checkpoint, claim: 's2' });
    expect(plan([onSource(1)], [target]).resume).toBeNull();
    const otherBase = { ...target, checkpoint: { ...checkpoint, base: 's0' } };
    expect(plan([onSource(1), onSource(2)], [otherBase]).resume?.checkpoint).toBeNull();
  });

  it('uses a snapshot that was claimed and made, but not transferred', () => {
    const target = state('t', { snapshots: [committed(1)], claim: 's2' });
    expect(plan([onSource(1), onSource(2)], [target]).resume).toEqual({
      snapshot: onSource(2),
      checkpoint: null,
    });
  });

  it('makes a new snapshot when the claimed one is committed already', () => {
    const target = state('t', { snapshots: [committed(1)], claim: 's1' });
    expect(plan([onSource(1)], [target]).resume).toBeNull();
  });

  it('ignores a dataset of the same name that is not ours', () => {
    const target = state('t', { identity: null });
    expect(plan([], [target])).toMatchObject({ dataset: null, reason: 'replaced' });
  });
});

describe('ourSnapshots', () => {
  it('names what is committed, and what is claimed and not committed', () => {
    const generations = [state('t', { snapshots: [committed(1), committed(2)], claim: 's4' })];
    const snapshots = [onSource(1), onSource(2), onSource(3), onSource(4)];
    expect(ourSnapshots({ identity: IDENTITY, snapshots, generations })).toEqual({
      committed: [onSource(1), onSource(2)],
      claimed: [onSource(4)],
    });
  });

  it('does not call a snapshot unfinished whose claim has been committed', () => {
    const generations = [state('t', { snapshots: [committed(1)], claim: 's1' })];
    const ours = ourSnapshots({ identity: IDENTITY, snapshots: [onSource(1)], generations });
    expect(ours).toEqual({ committed: [onSource(1)], claimed: [] });
  });

  it('leaves snapshots of others alone, also such that are named like ours', () => {
    const generations = [state('t', { snapshots: [committed(1, 'c2z_2026-11-23T14:00:00Z')] })];
    const snapshots = [
      onSource(9, 'c2z_2026-11-23T14:00:00Z'),
      onSource(10, 'c2z_2026-11-23T15:00:00Z'),
      onSource(11, 'before-upgrade'),
    ];
    const ours = ourSnapshots({ identity: IDENTITY, snapshots, generations });
    expect(ours).toEqual({ committed: [], claimed: [] });
  });

  it('believes nothing that a dataset of another image says', () => {
    const generations = [
      state('t', { identity: REPLACED, snapshots: [committed(1)], claim: 's2' }),
    ];
    const ours = ourSnapshots({
      identity: IDENTITY,
      snapshots: [onSource(1), onSource(2)],
      generations,
    });
    expect(ours).toEqual({ committed: [], claimed: [] });
  });
});
