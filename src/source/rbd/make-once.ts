import { within } from '../ceph/operations.ts';

/** What a request for something with a name came to; `stalled` is no answer, and it may be made yet. */
export type Outcome<Made> = Made | 'exists' | 'stalled';

export interface Making<Made> {
  /** Asks for it. Looks for the name first, and calls `seenFree` before it asks when nothing has that name. */
  readonly request: (seenFree: () => void) => Promise<Outcome<Made>>;
  /** What has the name now. */
  readonly find: () => Promise<Made | undefined>;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** How often to ask. */
  readonly attempts: number;
}

/**
 * Makes something by requests that may be answered late or never. What has the name after an attempt is ours only
 * if one of our attempts saw that the name was free: otherwise somebody else made it while ours hung.
 */
export async function makeOnce<Made extends object>({
  request,
  find,
  timeoutMs,
  attempts,
}: Making<Made>): Promise<Outcome<Made>> {
  let wasFree = false;
  const seenFree = () => {
    wasFree = true;
  };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const asked = request(seenFree);
    const outcome = await within(asked, timeoutMs, 'stalled' as const);
    if (typeof outcome !== 'string') return outcome;
    // Nothing of ours was asked for before the first one: what it met is somebody else's.
    if (outcome === 'exists' && attempt === 1) return 'exists';
    asked.catch(() => undefined);
    const made = await find();
    if (made !== undefined) return wasFree ? made : 'exists';
  }
  return 'stalled';
}
