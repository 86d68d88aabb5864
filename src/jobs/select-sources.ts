import type { SelectionVerdict } from '../core/events.ts';
import type { Source, SourceCatalog, SourceSnapshot } from '../core/source.ts';
import type { TargetCatalog } from '../core/target.ts';
import { compileDecisive, compileSelect, selectNames } from '../lib/select.ts';
import type { JobContext, JobKind } from './context.ts';
import { JobError } from './errors.ts';
import { type SelectedGroup, selectGroups } from './select-groups.ts';

export interface Selection {
  /** The job's patterns, in order. */
  readonly select: readonly string[];
  /** The job's patterns for groups, in order. */
  readonly groups: readonly string[];
  /** The operator's pattern that narrows the selection down; null for all of it. */
  readonly only: string | null;
}

/** The sources that a run is about. None is in it twice. */
export interface SelectedSources<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> {
  /** Those that are backed up by themselves. */
  readonly single: readonly string[];
  /** Those that are snapshotted with others; no group is empty. */
  readonly groups: readonly SelectedGroup<S, Snapshot>[];
}

interface Catalogs<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> {
  readonly sources: SourceCatalog<S, Snapshot>;
  readonly targets: TargetCatalog;
}

type Selectable<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> = Catalogs<
  S,
  Snapshot
> &
  Pick<JobKind<never, never, never>, 'nouns' | 'selectHint'>;

/** The sources that a run is about. Tells of patterns that match nothing, and of sources that are there no more. */
export async function selectSources<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  { signal, emit }: JobContext,
  { sources, targets, nouns, selectHint }: Selectable<S, Snapshot>,
  selection: Selection,
): Promise<SelectedSources<S, Snapshot>> {
  const { select, only } = selection;
  const all = await sources.list(signal);
  const found = await selectGroups(sources, selection.groups, signal);
  for (const { code, message, hint } of sources.problems) {
    emit({ type: 'warning', source: null, code, message, hint: hint ?? null });
  }
  const { selected, unmatched } = selectNames(select, all);
  const warn = (code: string, message: string, hint: string): void =>
    emit({ type: 'warning', source: null, code, message, hint });
  const warnUnmatched = (patterns: readonly string[], key: string): void => {
    for (const pattern of patterns) {
      const message = `the pattern ${JSON.stringify(pattern)} matches nothing`;
      warn('pattern-unmatched', message, `Correct it in \`${key}\`, or remove it.`);
    }
  };
  warnUnmatched(unmatched, 'source.select');
  warnUnmatched(found.unmatched, 'source.rbd_groups');
  for (const { group, members } of found.groups) {
    if (members.length > 0) continue;
    warn('group-empty', `no image is in group ${group.name}`, 'See `rbd group image ls`.');
  }
  const vanished = only === null ? await vanishedOf({ sources, targets }, select, all, signal) : [];
  if (vanished.length > 0) emit({ type: 'sources-vanished', sources: vanished });

  const inGroups = new Set(found.groups.flatMap(({ members }) => members));
  const single = selected.filter((name) => !inGroups.has(name));
  const isWanted = only === null ? () => true : compileSelect([only]);
  const narrowed = {
    single: single.filter(isWanted),
    groups: found.groups
      .map((group) => ({ ...group, members: group.members.filter(isWanted) }))
      .filter(({ members }) => members.length > 0),
  };
  if (narrowed.single.length > 0 || narrowed.groups.length > 0) return narrowed;
  const count = single.length + inGroups.size;
  throw new JobError({
    code: 'nothing-selected',
    message:
      only === null || count === 0
        ? `none of the ${all.length} ${nouns} that can be seen is selected`
        : `--only ${JSON.stringify(only)} matches none of the ${count} selected ${nouns}`,
    retry: 'never',
    hint: selectHint,
  });
}

/** All sources of a selection, those of groups first. */
export function allOf<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>({
  single,
  groups,
}: SelectedSources<S, Snapshot>): readonly string[] {
  return [...single, ...groups.flatMap(({ members }) => members)].toSorted();
}

/** Sources that have backups, would be selected, and are there no more. */
async function vanishedOf<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  { sources, targets }: Catalogs<S, Snapshot>,
  select: readonly string[],
  all: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  // What could not be looked into may well be there.
  if (sources.problems.length > 0) return [];
  const isThere = new Set(all);
  const known = [...(await targets.sources(signal)).keys()];
  return known.filter((name) => !isThere.has(name)).filter(compileSelect(select));
}

/** Tells of every source which pattern decides about it, and where its backups are or would go. */
export async function explainSelection<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  { signal, emit }: JobContext,
  { sources, targets }: Catalogs<S, Snapshot>,
  { select, groups, only }: Selection,
): Promise<void> {
  const all = await sources.list(signal);
  const found = await selectGroups(sources, groups, signal);
  const inGroups = new Map(
    found.groups.flatMap((selected) => selected.members.map((name) => [name, selected] as const)),
  );
  const known = await targets.sources(signal);
  const vanished = await vanishedOf({ sources, targets }, select, all, signal);
  const isWanted = only === null ? () => true : compileSelect([only]);
  const decisive = compileDecisive(select);
  const verdicts: SelectionVerdict[] = [];
  for (const source of new Set([...all, ...inGroups.keys(), ...vanished].filter(isWanted))) {
    const by = inGroups.get(source);
    const pattern = decisive(source);
    const selected = by !== undefined || pattern?.isNegative === false;
    const dataset = selected
      ? (known.get(source)?.at(-1) ?? (await targets.nextDataset(source, signal)))
      : null;
    const state = vanished.includes(source) ? 'vanished' : known.has(source) ? 'backed-up' : 'new';
    verdicts.push({
      source,
      selected,
      pattern: by?.pattern ?? pattern?.text ?? null,
      group: by?.group.name ?? null,
      dataset,
      state,
    });
  }
  emit({ type: 'selection-explained', verdicts });
}
