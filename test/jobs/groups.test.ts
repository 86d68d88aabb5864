import { describe, expect, it } from 'vitest';
import type { RunEventBody } from '../../src/core/events.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { anchorName } from '../../src/source/rbd/anchor.ts';
import { FAILED, type FakeHook, fakeHooks, hook } from '../fakes/hooks.ts';
import type { MemoryImage } from '../fakes/memory-image.ts';
import { createMemoryLab, runCounted } from './lab.ts';

const SIZE = 200_000;
const GROUP = 'rbd/g';
const SELECTION = { select: ['rbd/*'], groups: [GROUP], only: null };

type LabOptions = Parameters<typeof createMemoryLab>;

/** Two images in a group, and one beside it. */
function lab(options: LabOptions[0] = {}, poolOptions: LabOptions[1] = {}) {
  const made = createMemoryLab({ transfers: 2, ...options }, poolOptions);
  let fill = 1;
  const write = (image: MemoryImage, offset: number, length = 30_000): void =>
    image.write(offset, Buffer.alloc(length, fill++));
  const images = ['a', 'b', 'c'].map((name) => {
    const image = made.cluster.createImage(`rbd/${name}`, SIZE);
    write(image, 5_000);
    return image;
  });
  const [a, b, c] = images as [MemoryImage, MemoryImage, MemoryImage];
  const group = made.cluster.createGroup(GROUP, 'rbd/a', 'rbd/b');
  const told = <T extends RunEventBody['type']>(type: T) =>
    made.events.filter((event): event is Extract<RunEventBody, { type: T }> => event.type === type);
  return {
    ...made,
    a,
    b,
    c,
    group,
    write,
    told,
    run: (selection: Partial<typeof SELECTION> | { only: string } = {}, signal?: AbortSignal) => {
      made.events.length = 0;
      return runCounted(made.context({}, signal), made.kind(), { ...SELECTION, ...selection });
    },
    /** The names of an image's snapshots on the source; those of the group with a star. */
    on: (image: MemoryImage) =>
      image.snapshots.map(({ name, group: of }) => (of === null ? name : `*${name}`)),
    newest: (image: MemoryImage) => {
      const newest = made.committed(`pool/${image.name}`).at(-1);
      if (newest === undefined) throw new Error(`no backup of ${image.name}`);
      return { name: newest.name, bytes: newest.data.subarray(0, newest.size) };
    },
    failed: () => told('transfer-failed').map(({ source, error }) => [source, error.code]),
    warnings: () => told('warning').map(({ code }) => code),
  };
}

type Lab = ReturnType<typeof lab>;

/** Lets something be written between the anchors and the snapshot of the group, and notes down what it then is. */
function writtenBetween(made: Lab): Map<string, Buffer> {
  const truth = new Map<string, Buffer>();
  made.cluster.faults.at('createGroupSnapshot', () => {
    made.write(made.a, 100_000, 7_000);
    made.write(made.b, 60_000, 50_000);
    for (const image of [made.a, made.b]) truth.set(image.name, image.contents());
  });
  return truth;
}

/** What a group's images have on the source after a run in which all went well: the base, and its anchor. */
function baseOnly(name: string): string[] {
  return [anchorName(name), `*${name}`];
}

describe('the images of a group', () => {
  it('are backed up from one snapshot, once, and others by themselves', async () => {
    const made = lab();
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    const { name } = made.newest(made.a);
    expect(made.newest(made.b).name).toBe(name);
    expect(made.newest(made.c).name).not.toBe(name);
    expect(made.on(made.a)).toEqual(baseOnly(name));
    expect(made.on(made.b)).toEqual(baseOnly(name));
    expect(made.on(made.c)).toEqual([made.newest(made.c).name]);
    expect(made.told('group-snapshot')).toMatchObject([
      { group: GROUP, snapshot: name, sources: ['rbd/a', 'rbd/b'] },
    ]);
    expect(made.told('sources-selected')).toMatchObject([{ sources: ['rbd/a', 'rbd/b', 'rbd/c'] }]);
    expect(
      made
        .told('transfer-finished')
        .map(({ source }) => source)
        .toSorted(),
    ).toEqual(['rbd/a', 'rbd/b', 'rbd/c']);
  });

  it('are snapshotted before the first of them is transferred', async () => {
    const made = lab({ transfers: 1 });
    await made.run({ select: [] });
    const order = made.events.flatMap((event) =>
      event.type === 'group-snapshot' || (event.type === 'transfer-phase' && event.phase === 'diff')
        ? event.type
        : [],
    );
    expect(order).toEqual(['group-snapshot', 'transfer-phase', 'transfer-phase']);
  });

  it('are what they were at the snapshot of the group, whatever was written since the anchors', async () => {
    const made = lab();
    const truth = writtenBetween(made);
    for (let run = 0; run < 4; run++) {
      made.write(made.a, 20_000 * run);
      made.b.discard(10_000 * run, 40_000);
      if (run === 2) made.a.resize(150_001);
      expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
      for (const image of [made.a, made.b]) {
        expect(made.newest(image).bytes.equals(truth.get(image.name) ?? Buffer.alloc(0))).toBe(
          true,
        );
      }
      const modes = made.told('transfer-finished').map(({ mode }) => mode);
      expect(new Set(modes)).toEqual(new Set([run === 0 ? 'full' : 'incremental']));
    }
  });

  it('are read as a whole when somebody removed the anchor', async () => {
    const made = lab();
    await made.run();
    const { name } = made.newest(made.a);
    made.a.removeSnapshot(anchorName(name));
    made.a.discard(0, 20_000);
    made.write(made.a, 120_000);
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    expect(made.newest(made.a).bytes.equals(made.a.contents())).toBe(true);
    expect(made.told('transfer-finished').map(({ mode }) => mode)).not.toContain('full');
  });

  it('may be a part of the group only, as the operator asks', async () => {
    const made = lab();
    expect(await made.run({ only: 'rbd/b' })).toEqual({ succeeded: 1, failed: 0 });
    expect(made.committed('pool/rbd/b')).toHaveLength(1);
    expect(made.told('group-snapshot')).toMatchObject([{ sources: ['rbd/b'] }]);
  });
});

describe('the snapshot of a group', () => {
  it('goes when no image needs it any more, and not before', async () => {
    const made = lab();
    await made.run();
    const first = made.newest(made.a).name;
    made.cluster.faults.at('diff', ({ image }) => {
      if (image === 'rbd/b') throw new CephError('read-failed', 'no');
    });
    expect(await made.run()).toEqual({ succeeded: 2, failed: 1 });
    const second = made.newest(made.a).name;
    // It is the base of the image that failed, and so it is in the others as well.
    expect(made.group.snapshots).toEqual(new Set([first, second]));
    expect(made.on(made.a)).toEqual([`*${first}`, ...baseOnly(second)]);
    expect(made.on(made.b)).toEqual([...baseOnly(first), ...baseOnly(second)]);
    expect(made.told('snapshots-pruned').filter(({ source }) => source !== 'rbd/c')).toEqual([]);

    made.cluster.faults.clear();
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    const third = made.newest(made.a).name;
    // What was cut off was finished first, from the snapshot that the other image has as well.
    expect(made.committed('pool/rbd/b').map(({ name }) => name)).toEqual([first, second, third]);
    expect(made.group.snapshots).toEqual(new Set([third]));
    expect(made.on(made.b)).toEqual(baseOnly(third));
  });

  it('is left alone when somebody else made it', async () => {
    const made = lab();
    made.group.createSnapshot('theirs');
    made.group.createSnapshot('c2z_2026-11-01T00:00:00Z');
    for (let run = 0; run < 3; run++) await made.run();
    expect([...made.group.snapshots]).toEqual([
      'theirs',
      'c2z_2026-11-01T00:00:00Z',
      made.newest(made.a).name,
    ]);
  });

  it('gets another name when another job was quicker', async () => {
    const made = lab();
    let taken = '';
    made.cluster.faults.at('createGroupSnapshot', ({ snapshot }) => {
      if (taken !== '') return;
      taken = snapshot ?? '';
      made.group.createSnapshot(taken);
    });
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    const { name } = made.newest(made.a);
    expect(name).not.toBe(taken);
    expect(made.on(made.b)).toEqual([`*${taken}`, ...baseOnly(name)]);
    await made.run();
    expect(made.group.snapshots).toContain(taken);
  });

  it('is known by its claim when it got another name', async () => {
    const made = lab();
    const controller = new AbortController();
    let taken = '';
    made.cluster.faults.at('createGroupSnapshot', ({ snapshot }) => {
      if (taken !== '') return;
      taken = snapshot ?? '';
      made.group.createSnapshot(taken);
    });
    made.cluster.faults.at('createdGroupSnapshot', () => controller.abort(new Error('killed')));
    await expect(made.run({ select: [] }, controller.signal)).rejects.toThrow('killed');
    const renamed = [...made.group.snapshots].at(-1);
    expect(renamed).not.toBe(taken);
    made.cluster.faults.clear();
    await made.run({ select: [] });
    expect(made.committed('pool/rbd/a')[0]?.name).toBe(renamed);
    expect(made.group.snapshots).toEqual(new Set([taken, made.newest(made.a).name]));
  });

  it('that cannot be made fails its images, leaves nothing, and does not stop the others', async () => {
    const made = lab();
    made.cluster.faults.at('createGroupSnapshot', () => {
      throw new CephError('snapshot-busy', 'no');
    });
    expect(await made.run()).toEqual({ succeeded: 1, failed: 2 });
    expect(made.failed()).toEqual([
      ['rbd/a', 'snapshot-busy'],
      ['rbd/b', 'snapshot-busy'],
    ]);
    expect(made.on(made.a)).toEqual([]);
    expect(made.on(made.b)).toEqual([]);
  });

  it('that nobody answered to may come about later, and is used then', async () => {
    const made = lab();
    let late = '';
    made.cluster.faults.at('createGroupSnapshot', ({ snapshot }) => {
      late = snapshot ?? '';
      throw new CephError('snapshot-stalled', 'no answer');
    });
    expect(await made.run({ select: [] })).toEqual({ succeeded: 0, failed: 2 });
    expect(made.on(made.a)).toEqual([anchorName(late)]);
    made.group.createSnapshot(late);
    made.cluster.faults.clear();
    expect(await made.run({ select: [] })).toEqual({ succeeded: 2, failed: 0 });
    const names = made.committed('pool/rbd/a').map(({ name }) => name);
    expect(names).toEqual([late, made.newest(made.b).name]);
    expect(made.on(made.a)).toEqual(baseOnly(names[1] ?? ''));
  });

  it.each(['createGroupSnapshot', 'createdGroupSnapshot'] as const)(
    'leaves nothing behind after a kill at %s',
    async (point) => {
      const made = lab();
      const controller = new AbortController();
      made.cluster.faults.at(point, () => controller.abort(new Error('killed')));
      await expect(made.run({ select: [] }, controller.signal)).rejects.toThrow('killed');
      expect(made.on(made.a)).not.toEqual([]);
      made.cluster.faults.clear();
      expect(await made.run({ select: [] })).toEqual({ succeeded: 2, failed: 0 });
      const { name } = made.newest(made.a);
      expect(made.on(made.a)).toEqual(baseOnly(name));
      expect(made.on(made.b)).toEqual(baseOnly(name));
    },
  );

  it('of which only some images got their part is none: it is removed, and another one is made', async () => {
    const made = lab();
    const controller = new AbortController();
    made.cluster.faults.at('createGroupSnapshot', ({ snapshot }) => {
      made.group.beginSnapshot(snapshot ?? '');
      controller.abort(new Error('killed'));
    });
    await expect(made.run({ select: [] }, controller.signal)).rejects.toThrow('killed');
    made.cluster.faults.clear();
    made.write(made.a, 0);
    expect(await made.run({ select: [] })).toEqual({ succeeded: 2, failed: 0 });
    expect(made.committed('pool/rbd/a')).toHaveLength(1);
    expect(made.newest(made.a).bytes.equals(made.a.contents())).toBe(true);
    expect(made.on(made.a)).toEqual(baseOnly(made.newest(made.a).name));
  });

  it('may not hold what fits together when an image has no exclusive lock: that is told', async () => {
    const made = lab();
    made.b.hasExclusiveLock = false;
    await made.run();
    expect(made.warnings()).toEqual(['group-doubt']);
  });
});

describe('an image that fails', () => {
  it('before the snapshot leaves the others theirs', async () => {
    const made = lab();
    await using _busy = await made.kind().targets.lock('rbd/a');
    expect(await made.run()).toEqual({ succeeded: 2, failed: 1 });
    expect(made.on(made.b)).toEqual(baseOnly(made.newest(made.b).name));
    // It has a part in it all the same, which needs no anchor.
    expect(made.on(made.a)).toEqual([`*${made.newest(made.b).name}`]);
    await made.run({ only: 'rbd/b' });
    expect(made.on(made.a)).toEqual([`*${made.newest(made.b).name}`]);
  });

  it('has left the group while its snapshot was made', async () => {
    const made = lab();
    made.cluster.faults.at('createGroupSnapshot', () => void made.group.members.delete('rbd/b'));
    expect(await made.run({ select: [] })).toEqual({ succeeded: 1, failed: 1 });
    expect(made.failed()).toEqual([['rbd/b', 'snapshot-missing']]);
    made.cluster.faults.clear();
    // By itself it is backed up again, and nothing is left of the attempt.
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    expect(made.on(made.b)).toEqual([made.newest(made.b).name]);
  });
});

describe('an image that', () => {
  it("leaves the group goes on by itself, from the group's snapshot", async () => {
    const made = lab();
    writtenBetween(made);
    await made.run();
    made.cluster.faults.clear();
    made.group.members.delete('rbd/b');
    made.write(made.b, 80_000);
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    expect(made.told('transfer-finished').map(({ mode }) => mode)).not.toContain('full');
    expect(made.newest(made.b).bytes.equals(made.b.contents())).toBe(true);
    expect(made.on(made.b)).toEqual([made.newest(made.b).name]);
    expect(made.on(made.a)).toEqual(baseOnly(made.newest(made.a).name));
  });

  it('has left the group keeps its base as long as it fails, though the group goes on', async () => {
    const made = lab();
    await made.run();
    const first = made.newest(made.b).name;
    made.group.members.delete('rbd/b');
    made.cluster.faults.at('createSnapshot', ({ image }) => {
      if (image === 'rbd/b') throw new CephError('snapshot-busy', 'no');
    });
    expect(await made.run()).toEqual({ succeeded: 2, failed: 1 });
    expect(made.on(made.b)).toEqual(baseOnly(first));
    made.cluster.faults.clear();
    await made.run();
    expect(made.told('transfer-finished').map(({ mode }) => mode)).not.toContain('full');
    expect(made.group.snapshots).toEqual(new Set([made.newest(made.a).name]));
  });

  it('joins the group goes on from its own snapshot', async () => {
    const made = lab();
    await made.run();
    made.group.members.add('rbd/c');
    const truth = writtenBetween(made);
    made.write(made.c, 90_000);
    expect(await made.run()).toEqual({ succeeded: 3, failed: 0 });
    expect(made.told('transfer-finished').map(({ mode }) => mode)).not.toContain('full');
    expect(made.newest(made.c).name).toBe(made.newest(made.a).name);
    expect(made.newest(made.c).bytes.equals(made.c.contents())).toBe(true);
    expect(made.newest(made.a).bytes.equals(truth.get('rbd/a') ?? Buffer.alloc(0))).toBe(true);
    expect(made.on(made.c)).toEqual(baseOnly(made.newest(made.c).name));
  });
});

describe('the selection of groups', () => {
  it('tells of a group that is gone, and of one without images', async () => {
    const made = lab();
    made.cluster.createGroup('rbd/empty');
    made.cluster.removeGroup(GROUP);
    expect(await made.run({ groups: [GROUP, 'rbd/e*'] })).toEqual({ succeeded: 3, failed: 0 });
    expect(made.warnings()).toEqual(['pattern-unmatched', 'group-empty']);
  });

  it('may be all that a job selects', async () => {
    const made = lab();
    expect(await made.run({ select: [] })).toEqual({ succeeded: 2, failed: 0 });
    made.cluster.removeGroup(GROUP);
    await expect(made.run({ select: [] })).rejects.toMatchObject({ code: 'nothing-selected' });
  });

  it('can leave groups out', async () => {
    const made = lab();
    made.cluster.createGroup('rbd/h', 'rbd/c');
    await made.run({ select: [], groups: ['rbd/*', '!rbd/h'] });
    expect(made.told('sources-selected')).toMatchObject([{ sources: ['rbd/a', 'rbd/b'] }]);
  });

  it('is explained', async () => {
    const made = lab();
    await runCounted(made.context({ task: 'test', dryRun: true }), made.kind(), SELECTION);
    expect(made.told('selection-explained')).toMatchObject([
      {
        verdicts: [
          { source: 'rbd/a', selected: true, group: GROUP, pattern: GROUP },
          { source: 'rbd/b', selected: true, group: GROUP, pattern: GROUP },
          { source: 'rbd/c', selected: true, group: null, pattern: 'rbd/*' },
        ],
      },
    ]);
  });

  it('is planned by a dry run, and pruned, without a snapshot', async () => {
    const made = lab();
    await made.run();
    const before = [made.on(made.a), made.on(made.b)];
    for (const changes of [{ dryRun: true }, { task: 'prune' as const }]) {
      await runCounted(made.context(changes), made.kind(), SELECTION);
      expect([made.on(made.a), made.on(made.b)]).toEqual(before);
    }
  });
});

describe('the hooks of the images of a group', () => {
  const HOOKS = {
    before_snapshot: [hook('freeze', 'abort')],
    after_snapshot: [hook('thaw', 'continue')],
  };

  function hookedLab(programs: Readonly<Record<string, FakeHook>> = {}) {
    const made = lab();
    const log: string[] = [];
    const noting = Object.fromEntries(
      ['freeze', 'thaw'].map((name): [string, FakeHook] => [
        name,
        (order) => {
          log.push(`${name} ${order.env['CEPH2ZFS_SOURCE']}`);
          return programs[name]?.(order);
        },
      ]),
    );
    made.cluster.faults.at('createdGroupSnapshot', () => void log.push('snapshot'));
    const hooks = fakeHooks(HOOKS, noting);
    const run = () =>
      runCounted({ ...made.context(), hooks }, made.kind(), { ...SELECTION, select: [] });
    return { ...made, log, run };
  }

  it('are all run before it, and all after it', async () => {
    const made = hookedLab();
    expect(await made.run()).toEqual({ succeeded: 2, failed: 0 });
    expect(made.log).toEqual([
      'freeze rbd/a',
      'freeze rbd/b',
      'snapshot',
      'thaw rbd/a',
      'thaw rbd/b',
    ]);
  });

  it('thaw what was frozen when it is not made', async () => {
    const made = hookedLab();
    made.cluster.faults.at('createGroupSnapshot', () => {
      throw new CephError('snapshot-busy', 'no');
    });
    expect(await made.run()).toEqual({ succeeded: 0, failed: 2 });
    expect(made.log).toEqual(['freeze rbd/a', 'freeze rbd/b', 'thaw rbd/a', 'thaw rbd/b']);
  });

  it('take out the image of which one fails', async () => {
    const made = hookedLab({
      freeze: ({ env }) => (env['CEPH2ZFS_SOURCE'] === 'rbd/a' ? FAILED : undefined),
    });
    expect(await made.run()).toEqual({ succeeded: 1, failed: 1 });
    expect(made.failed()).toEqual([['rbd/a', 'hook-failed']]);
    expect(made.log).toEqual([
      'freeze rbd/a',
      'thaw rbd/a',
      'freeze rbd/b',
      'snapshot',
      'thaw rbd/b',
    ]);
  });
});
