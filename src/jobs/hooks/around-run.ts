import { outcomeOf, type RunCounts } from '../outcome.ts';
import { type HookContext, runAfterHooks, runBeforeHooks } from './run-hooks.ts';

type Ending = { readonly error: unknown };

/**
 * Does the work of a run between its hooks. Those after it are run whatever becomes of the work; also when it is
 * stuck, a while after the run was told to end: then nothing but the end of this process ends it. `counts`: of what the
 * work came to so far.
 */
export async function withRunHooks(
  context: HookContext,
  counts: () => RunCounts,
  work: () => Promise<void>,
): Promise<void> {
  const { signal } = context;
  const all = (async () => {
    await runBeforeHooks(context, { hook: 'before' });
    await work();
  })();
  const { error } = await Promise.race([endingOf(all, signal), stuck(context)]);
  const outcome = outcomeOf(error, counts());
  const failure = await runAfterHooks(
    context,
    { hook: 'after', outcome, counts: counts() },
    error === undefined,
  );
  await all;
  if (failure !== null) throw failure;
}

async function endingOf(work: Promise<void>, signal: AbortSignal): Promise<Ending> {
  try {
    await work;
    return { error: undefined };
  } catch (error) {
    return { error: signal.aborted ? signal.reason : error };
  }
}

/** Settles when the patience with a run is over that was told to end. */
async function stuck({ signal, hooks }: HookContext): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const begin = (): void => hooks.patience.begin(() => resolve({ error: signal.reason }));
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return promise;
}
