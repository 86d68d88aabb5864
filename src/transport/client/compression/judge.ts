import { BusyRate } from '../../../lib/busy-rate.ts';
import { RecentQuotient } from '../../../lib/recent-quotient.ts';
import { decideWay, type Way } from './decide.ts';

/**
 * The system's buffers swallow some MiB of each connection at any speed. How fast the link is shows once something has
 * waited for so long, in milliseconds.
 */
const LINK = { settleMs: 250, leastMs: 100, memoryMs: 2000 };

/** What has been compressed lately, in milliseconds of doing so. */
const COMPRESSOR = { settleMs: 0, leastMs: 0, memoryMs: 500 };

/** So many bytes of data are lately. */
const DATA_BYTES = 32 * 1024 * 1024;

/** What the link is taken for before it was measured, in bytes a second: slow, or much would be on its way before one knew better. */
const PRESUMED_LINK = 1024 * 1024;

/**
 * For how long nothing may wait for the link, although there is something to send, until it no longer counts that it was
 * slow, in milliseconds: at first, and once it was measured.
 */
const PRESUMED_FOR_MS = 300;
const MEASURED_FOR_MS = 10_000;

/** When nothing was there to be sent for longer than this, in milliseconds, that is not the link's doing. */
const PAUSE_MS = 100;

/** While nothing is compressed, a part of a body is from time to time: so often, in milliseconds. */
const PROBE_EVERY_MS = 1000;

/** Measures what a push goes through, and says by that which way each body takes. */
export class Judge {
  /** To be told of what waits for the connections. */
  readonly link: BusyRate;
  /** To be told of what is being compressed. */
  readonly compressor: BusyRate;
  readonly #clock: () => number;
  readonly #ratio = new RecentQuotient(DATA_BYTES);
  #way: Way = 'plain';
  #presumed: number | null = PRESUMED_LINK;
  #isLinkKnown = true;
  /** For how long nothing waited for the link, since it was measured last. */
  #idleMs = 0;
  #seen: { readonly idleMs: number; readonly measuredMs: number } | undefined;
  #probedAt = Number.NEGATIVE_INFINITY;
  #bytesSinceProbe = 0;

  /** `clock`: the time in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.link = new BusyRate({ clock, ...LINK });
    this.compressor = new BusyRate({ clock, ...COMPRESSOR });
  }

  /** Which way a body takes that is to be sent now. */
  wayNow(): Way {
    const link = this.#linkRate();
    this.#isLinkKnown = link !== null;
    const measures = { link, compressor: this.compressor.rate, ratio: this.#ratio.value };
    this.#way = decideWay(this.#way, measures);
    return this.#way;
  }

  /** So many bytes go as they are. Whether a part of them should be compressed, to see how that would go. */
  goesPlain(bytes: number): 'probe' | 'no probe' {
    this.#bytesSinceProbe += bytes;
    const now = this.#clock();
    if (!this.#isLinkKnown || now - this.#probedAt < PROBE_EVERY_MS) return 'no probe';
    this.#probedAt = now;
    return 'probe';
  }

  /** So many bytes of a body became so many. */
  compressed(bytes: number, became: number): void {
    this.#ratio.add(became, bytes);
  }

  /** So did a part of a body that stands for all that was not compressed since the last one. */
  probed(bytes: number, became: number): void {
    const all = Math.max(bytes, this.#bytesSinceProbe);
    this.#ratio.add((became / bytes) * all, all);
    this.#bytesSinceProbe = 0;
  }

  /** Null when nothing has waited for it for a while: it may be faster by now, and what is not compressed will show. */
  #linkRate(): number | null {
    this.#countIdle();
    const limit = this.link.rate === null ? PRESUMED_FOR_MS : MEASURED_FOR_MS;
    if (this.#idleMs >= limit) {
      this.link.forget();
      this.#presumed = null;
    }
    return this.link.rate ?? this.#presumed;
  }

  #countIdle(): void {
    const { idleMs, measuredMs } = this.link;
    const seen = this.#seen ?? { idleMs, measuredMs };
    this.#seen = { idleMs, measuredMs };
    const isMeasured = measuredMs > seen.measuredMs;
    this.#idleMs = isMeasured ? 0 : this.#idleMs + Math.min(PAUSE_MS, idleMs - seen.idleMs);
  }
}
