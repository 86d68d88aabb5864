import { ZSTD } from '../protocol/version.ts';
import type { Remote } from './catalog.ts';
import type { Packer } from './compression/packer.ts';

/** What a transfer makes use of, beyond what each transfer does. */
export interface Agreement {
  /** As `begin-volume` and `begin-tree` are told it; none when there is none, which an older sink does not know. */
  readonly told: { readonly features?: string[] };
  /** What compresses data; null when it goes as it is. */
  readonly packer: Packer | null;
}

/** Of what this side wants, what the sink can do as well. */
export async function agree({ caller, packer }: Remote, signal: AbortSignal): Promise<Agreement> {
  const { features } = await caller.greeting(signal);
  const isAgreed = packer !== null && features.includes(ZSTD);
  return isAgreed ? { told: { features: [ZSTD] }, packer } : { told: {}, packer: null };
}
