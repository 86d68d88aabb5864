import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotName } from '../../core/snapshot-name.ts';
import type { SourceIdentity, SourceSnapshot } from '../../core/source.ts';
import type { TargetSnapshot, TargetState } from '../../core/target.ts';
import { judgeSource, judgeTarget, type PruneInput } from './decide-prune.ts';

const IDENTITY: SourceIdentity = { kind: 'rbd', cluster: 'f', pool: '1', image: 'abc' };
const START = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;

function named(hour: number, prefix = 'c2z'): SourceSnapshot {
  return { name: snapshotName(prefix, new Date(START + hour * HOUR_MS)), id: String(hour) };
}

function committed(snapshot: SourceSnapshot, identity = IDENTITY): TargetSnapshot {
  const { name, id } = snapshot;
  const rest = { source: 'rbd/a', size: 100, base: null, scan: null, description: {} };
  return { name, record: { identity, snapshot: { name, id }, ...rest } };
}

function state(snapshots: readonly TargetSnapshot[], dataset = 't'): TargetState {
  return { dataset, identity: IDENTITY, snapshots, checkpoint: null, claim: null };
}

function input(
  keep: Partial<PruneInput['keep']>,
  snapshots: readonly SourceSnapshot[],
  generations: readonly TargetState[],
): PruneInput {
  const rules = { target: null, source: {}, timeZone: 'UTC', ...keep };
  return { identity: IDENTITY, snapshots, generations, prefix: 'c2z', keep: rules };
}

const NO_GUARDS = new Map();

function kept(judged: readonly { readonly keep: boolean; readonly snapshot: { name: string } }[]) {
  return judged.filter(({ keep }) => keep).map(({ snapshot }) => snapshot.name);
}

describe('which snapshots of a source stay', () => {
  it('keeps only the base by default', () => {
    const all = [named(1), named(2), named(3)];
    expect(kept(judgeSource(input({}, all, [state(all.map((each) => committed(each)))])))).toEqual([
      named(3).name,
    ]);
  });

  it('keeps what the rules say, beside the base', () => {
    const all = [named(1), named(2), named(3)];
    const judged = judgeSource(
      input({ source: { last: 2 } }, all, [state(all.map((each) => committed(each)))]),
    );
    expect(kept(judged)).toEqual([named(3).name, named(2).name]);
  });

  it('does not judge snapshots of others', () => {
    const mine = named(1);
    const others = [named(2), { name: 'before-upgrade', id: '9' }];
    const judged = judgeSource(input({}, [mine, ...others], [state([committed(mine)])]));
    expect(judged.map(({ snapshot }) => snapshot)).toEqual([mine]);
  });
});

describe('which snapshots of a target stay', () => {
  it('keeps all without rules', () => {
    const all = [named(1), named(2)];
    const target = state(all.map((each) => committed(each)));
    const judged = judgeTarget(input({}, [], [target]), target, {
      onSource: [],
      guards: NO_GUARDS,
    });
    expect(kept(judged)).toHaveLength(2);
  });

  it('keeps the base, what the source still has, and what is guarded, and tells so', () => {
    const all = [named(1), named(2), named(3), named(4)];
    const target = state(all.map((each) => committed(each)));
    const onSource = [named(2), named(4)];
    const guards = new Map([[named(1).name, ['pinned'] as const]]);
    const judged = judgeTarget(input({ target: { last: 1 } }, onSource, [target]), target, {
      onSource,
      guards,
    });
    const reasons = judged.map(({ snapshot, reasons }) => [
      snapshot.name,
      reasons.map(({ kind }) => kind),
    ]);
    expect(reasons).toEqual([
      [named(4).name, ['newest', 'base', 'last']],
      [named(3).name, []],
      [named(2).name, ['on-source']],
      [named(1).name, ['pinned']],
    ]);
  });

  it('leaves snapshots of another prefix, and such that were renamed', () => {
    const others = [named(1, 'other'), { name: 'keep-me', id: '2' }];
    const all = [...others, named(3), named(4)];
    const target = state(all.map((each) => committed(each)));
    const judged = judgeTarget(input({ target: { last: 1 } }, [], [target]), target, {
      onSource: [],
      guards: NO_GUARDS,
    });
    expect(kept(judged)).toEqual([named(4).name, 'keep-me', named(1, 'other').name]);
  });

  it('judges each dataset by itself', () => {
    const old = state([committed(named(1)), committed(named(2))], 't');
    const now = state([committed(named(3)), committed(named(4))], 't::2');
    const all = input({ target: { last: 1 } }, [], [old, now]);
    const surroundings = { onSource: [], guards: NO_GUARDS };
    expect(kept(judgeTarget(all, old, surroundings))).toEqual([named(2).name]);
    expect(kept(judgeTarget(all, now, surroundings))).toEqual([named(4).name]);
  });
});

describe('whatever the rules and the snapshots', () => {
  const count = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
  const rules = fc.record({ last: count, hourly: count, daily: count });
  const world = fc.record({
    hours: fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 30 }),
    lost: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
    target: fc.option(rules),
    source: rules,
  });

  it('the base stays on both sides, and what is kept on the source is proven by the target', () => {
    fc.assert(
      fc.property(world, ({ hours, lost, target, source }) => {
        const all = hours.toSorted((a, b) => a - b).map((hour) => named(hour));
        const there = all.filter((_, index) => lost[index] !== true);
        const dataset = state(all.map((each) => committed(each)));
        const known = input({ target, source }, there, [dataset]);
        const onSource = judgeSource(known)
          .filter(({ keep }) => keep)
          .map(({ snapshot }) => snapshot);
        const onTarget = kept(judgeTarget(known, dataset, { onSource, guards: NO_GUARDS }));
        const newest = all.at(-1);
        expect(onTarget).toContain(newest?.name);
        if (there.at(-1) === newest) expect(onSource).toContain(newest);
        for (const { name } of onSource) expect(onTarget).toContain(name);
      }),
    );
  });
});
