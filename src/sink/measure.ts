import { addSample, rateOf, type Sample } from '../lib/rate.ts';
import type { TransferState } from '../transport/server/state.ts';
import type { WaitedMs, WaitsFor } from '../transport/server/traffic.ts';
import type { ReportedTransfer } from './messages.ts';

interface Known {
  readonly samples: readonly Sample[];
  readonly waited: WaitedMs;
}

/** Makes of what is counted how fast transfers are, and what they wait for: by what was counted when it was called before. */
export function createMeasure(): (
  transfers: readonly TransferState[],
  now: number,
) => readonly ReportedTransfer[] {
  let known: ReadonlyMap<string, Known> = new Map();
  return (transfers, now) => {
    const next = new Map<string, Known>();
    const reported = transfers.map(({ waited, ...transfer }): ReportedTransfer => {
      const before = known.get(transfer.session);
      const sample = { at: now, bytes: transfer.bytesReceived };
      const samples = addSample(before?.samples ?? [], sample);
      next.set(transfer.session, { samples, waited });
      const rate = rateOf(samples, now);
      const bytesPerSecond = rate === null ? null : Math.round(rate);
      return { ...transfer, bytesPerSecond, waitsFor: mostOf(waited, before?.waited ?? NOTHING) };
    });
    known = next;
    return reported;
  };
}

const NOTHING: WaitedMs = { source: 0, network: 0, target: 0 };

/** What was waited for longest between two moments. */
function mostOf(after: WaitedMs, before: WaitedMs): WaitsFor {
  const all: readonly WaitsFor[] = ['source', 'network', 'target'];
  const spent = (what: WaitsFor): number => after[what] - before[what];
  return all.reduce((most, what) => (spent(what) > spent(most) ? what : most));
}
