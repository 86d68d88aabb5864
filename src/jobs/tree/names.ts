import { type EntryBatch, nameAt, nextEntry } from '../../core/entry.ts';
import type { Worklist } from './worklist.ts';

/** So many names of one directory are kept in memory; with more, the database has them. */
const IN_MEMORY = 20_000;

/** The names of one directory of the source, whatever their number, in bounded memory. */
export class NameCollector implements Disposable {
  readonly #worklist: Worklist;
  readonly #inMemory: number;
  #names: Set<string> | null = new Set();
  #spilt: ReturnType<Worklist['nameSet']> | null = null;

  constructor(worklist: Worklist, inMemory = IN_MEMORY) {
    this.#worklist = worklist;
    this.#inMemory = inMemory;
  }

  /** Remembers a name, as long as there are few. */
  add(name: Buffer): void {
    if (this.#names === null) return;
    if (this.#names.size < this.#inMemory) this.#names.add(name.toString('latin1'));
    else this.#names = null;
  }

  /** Makes {@link has} work also when there were too many: takes a new listing of the directory; `tell` is called after each part. */
  async complete(list: AsyncIterable<EntryBatch>, tell: () => void): Promise<void> {
    if (this.#names !== null) return;
    this.#spilt = this.#worklist.nameSet();
    for await (const { count, bytes } of list) {
      for (let index = 0, at = 0; index < count; index++, at = nextEntry(bytes, at)) {
        this.#spilt.add(nameAt(bytes, at));
      }
      tell();
    }
  }

  has(name: Buffer): boolean {
    if (this.#names !== null) return this.#names.has(name.toString('latin1'));
    if (this.#spilt === null) throw new Error('names were asked for before they were complete');
    return this.#spilt.has(name);
  }

  [Symbol.dispose](): void {
    this.#spilt?.[Symbol.dispose]();
  }
}
