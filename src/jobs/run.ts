import { reportError } from '../core/errors.ts';
import type { Source, SourceCatalog, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import { selectNames } from '../lib/select.ts';
import { backUpSource, planSource } from './back-up.ts';
import type { JobContext, JobKind, JobOptions } from './context.ts';
import { JobError } from './errors.ts';
import type { RunCounts } from './outcome.ts';
import { pruneSource } from './prune/prune.ts';

export interface Selection {
  /** The job's patterns, in order. */
  readonly select: readonly string[];
  /** The operator's pattern that narrows the selection down; null for all of it. */
  readonly only: string | null;
}

/**
 * Runs a job once: selects its sources, and backs up one after the other. A source that fails is
 * told of and does not stop the others; what makes all of them impossible throws. `tell` is called with
 * the counts after each source.
 */
export async function runJob<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  selection: Selection,
  tell: (counts: RunCounts) => void,
): Promise<void> {
  const { signal, emit, options } = context;
  await kind.targets.check(signal);
  const names = await selectSources(context, kind, selection);
  emit({ type: 'sources-selected', sources: names });
  let succeeded = 0;
  let failed = 0;
  for (const source of names) {
    emit({ type: 'transfer-phase', source, phase: 'planning' });
    try {
      await stepOf(options)(context, kind, source);
      succeeded++;
    } catch (error) {
      // A cancelled run did not fail for this source: it is continued by the next one.
      signal.throwIfAborted();
      emit({ type: 'transfer-failed', source, error: reportError(error) });
      failed++;
    }
    tell({ succeeded, failed });
  }
}

/** What is done for each source. */
function stepOf({ task, dryRun }: JobOptions) {
  if (task === 'prune') return pruneSource;
  return dryRun ? planSource : backUpSource;
}

async function selectSources(
  { signal, emit }: JobContext,
  {
    sources,
    nouns,
    selectHint,
  }: Pick<JobKind<never, never, never>, 'nouns' | 'selectHint'> & {
    readonly sources: SourceCatalog;
  },
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
