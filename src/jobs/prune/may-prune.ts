import type { TargetCatalog } from '../../core/target.ts';
import type { JobContext } from '../context.ts';

/**
 * What a run goes by where its target keeps to itself what is removed there: then all of the target's snapshots stay, and
 * the operator is told, once. It is no failure: the backups are what they should be.
 */
export async function whereMayPrune(
  context: JobContext,
  targets: TargetCatalog,
): Promise<JobContext> {
  const { options, signal, emit } = context;
  if (options.keep.target === null || (await targets.canPrune(signal))) return context;
  emit({
    type: 'warning',
    source: null,
    code: 'not-allowed',
    message: 'the sink does not let this client remove snapshots, so `keep.target` does nothing',
    hint: 'Leave it out, and the retention of the target to the sink; or grant it there (`allow: [prune]`).',
  });
  return { ...context, options: { ...options, keep: { ...options.keep, target: null } } };
}
