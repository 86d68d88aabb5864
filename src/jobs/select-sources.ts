import type { SelectionVerdict } from '../core/events.ts';
import type { SourceCatalog } from '../core/source.ts';
import type { TargetCatalog } from '../core/target.ts';
import { compileDecisive, compileSelect, selectNames } from '../lib/select.ts';
import type { JobContext, JobKind } from './context.ts';
import { JobError } from './errors.ts';

export interface Selection {
  /** The job's patterns, in order. */
  readonly select: readonly string[];
  /** The operator's pattern that narrows the selection down; null for all of it. */
  readonly only: string | null;
}

interface Catalogs {
  readonly sources: SourceCatalog;
  readonly targets: TargetCatalog;
}

type Selectable = Catalogs & Pick<JobKind<never, never, never>, 'nouns' | 'selectHint'>;

/** The sources that a run is about. Tells of patterns that match nothing, and of sources that are there no more. */
export async function selectSources(
  { signal, emit }: JobContext,
  { sources, targets, nouns, selectHint }: Selectable,
  { select, only }: Selection,
): Promise<readonly string[]> {
  const all = await sources.list(signal);
  for (const { code, message, hint } of sources.problems) {
    emit({ type: 'warning', source: null, code, message, hint: hint ?? null });
  }
  const { selected, unmatched } = selectNames(select, all);
  for (const pattern of unmatched) {
    emit({
      type: 'warning',
      source: null,
      code: 'pattern-unmatched',
      message: `the pattern ${JSON.stringify(pattern)} matches nothing`,
      hint: 'Correct it in `source.select`, or remove it.',
    });
  }
  const vanished = only === null ? await vanishedOf({ sources, targets }, select, all, signal) : [];
  if (vanished.length > 0) emit({ type: 'sources-vanished', sources: vanished });
  const narrowed = only === null ? selected : selectNames([only], selected).selected;
  if (narrowed.length > 0) return narrowed;
  throw new JobError({
    code: 'nothing-selected',
    message:
      only === null || selected.length === 0
        ? `none of the ${all.length} ${nouns} that can be seen is selected`
        : `--only ${JSON.stringify(only)} matches none of the ${selected.length} selected ${nouns}`,
    retry: 'never',
    hint: selectHint,
  });
}

/** Sources that have backups, would be selected, and are there no more. */
async function vanishedOf(
  { sources, targets }: Catalogs,
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
export async function explainSelection(
  { signal, emit }: JobContext,
  { sources, targets }: Catalogs,
  { select, only }: Selection,
): Promise<void> {
  const all = await sources.list(signal);
  const known = await targets.sources(signal);
  const vanished = await vanishedOf({ sources, targets }, select, all, signal);
  const isWanted = only === null ? () => true : compileSelect([only]);
  const decisive = compileDecisive(select);
  const verdicts: SelectionVerdict[] = [];
  for (const source of [...all, ...vanished].filter(isWanted)) {
    const pattern = decisive(source);
    const selected = pattern?.isNegative === false;
    const dataset = selected
      ? (known.get(source)?.at(-1) ?? (await targets.nextDataset(source, signal)))
      : null;
    const state = vanished.includes(source) ? 'vanished' : known.has(source) ? 'backed-up' : 'new';
    verdicts.push({ source, selected, pattern: pattern?.text ?? null, dataset, state });
  }
  emit({ type: 'selection-explained', verdicts });
}
