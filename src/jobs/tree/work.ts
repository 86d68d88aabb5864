import type { TreeCounts } from '../../core/events.ts';
import type { TreeSnapshot, TreeWriter } from '../../core/tree.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import type { Pace } from '../../lib/pace.ts';
import type { Slots } from '../../lib/slots.ts';
import type { Failures } from './failures.ts';
import type { Limbo } from './limbo.ts';
import type { Worklist } from './worklist.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is beneath a directory, as far as it is known. */
export interface Beneath {
  /** Whether entries with several hard links are beneath. */
  links: boolean;
  /** Whether something beneath was put off, so that {@link links} is not known for good. */
  isOpen: boolean;
}

/** What all parts of one transfer of a tree work with. */
export interface TreeWork {
  readonly snapshot: TreeSnapshot;
  readonly writer: TreeWriter;
  readonly worklist: Worklist;
  readonly limbo: Limbo;
  readonly failures: Failures;
  /** See `watermarkOf`: nanoseconds since 1970; null when everything is looked at. */
  readonly watermark: bigint | null;
  /** Directories that are walked at a time. */
  readonly directories: Slots;
  /** Entries other than directories that are written at a time. */
  readonly entries: Slots;
  /** Buffers for the bytes of files that do not come whole with their details. */
  readonly pool: BufferPool;
  /** Reads in flight of one large file. */
  readonly depth: number;
  /** Waited for before bytes are read from the source. */
  readonly pace: Pace;
  readonly counts: Mutable<TreeCounts>;
  readonly bytes: { read: number; written: number };
  /** Called after each piece of work that shows. */
  readonly tell: () => void;
  readonly signal: AbortSignal;
}
