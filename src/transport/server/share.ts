/** How many pieces' worth of a sink's memory are set aside, and for whom. */
export interface Holdings {
  /** In all. */
  readonly total: number;
  /** Of all transfers. */
  readonly held: number;
  /** Of the transfers of the client that asks. */
  readonly own: number;
}

/** What a transfer asks for, in pieces. */
export interface Wish {
  /** For all that is no data. */
  readonly beside: number;
  /** Buffers for data, at most. */
  readonly most: number;
}

/** A transfer has at least so many buffers for data: one is filled while the other is written. */
const LEAST_PIECES = 2;

/** A transfer gets one of so many parts of what its client may still have, so that those after it get something too. */
const PARTS = 4;

/**
 * How many buffers for data a transfer gets; null when there is no room for it. What a client holds is never more than
 * what is left free after it, so that there is always as much again for the others. Its first transfer alone
 * needs no more than that its least is free.
 */
export function shareOf({ total, held, own }: Holdings, { beside, most }: Wish): number | null {
  const free = total - held;
  const room = Math.floor((free - own) / 2) - beside;
  const least = Math.min(LEAST_PIECES, most);
  if (room >= least) return Math.min(most, Math.max(least, Math.floor(room / PARTS)));
  return own === 0 && free - beside >= least ? least : null;
}
