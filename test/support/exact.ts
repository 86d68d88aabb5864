import { expect } from 'vitest';
import { sourceHash, sourceSize, sourceSnapshots, targetHash, targetSnapshots } from './lab.ts';

/** Remembers what each snapshot was on the source, to judge the target's by it for ever after. */
export class Judge {
  readonly #spec: string;
  readonly #truth = new Map<string, { readonly size: number; readonly hash: string }>();

  constructor(spec: string) {
    this.#spec = spec;
  }

  /** The target's newest snapshot is, byte for byte, the source's of the same name. */
  async newestIsExact(dataset: string): Promise<string> {
    const newest = (await targetSnapshots(dataset)).at(-1);
    if (newest === undefined) throw new Error(`${dataset} has no snapshot`);
    const size = await sourceSize(this.#spec, newest);
    this.#truth.set(newest, { size, hash: await sourceHash(this.#spec, newest) });
    await this.#isExact(dataset, newest);
    return newest;
  }

  /** All snapshots of the target that were once judged still are what they were. */
  async olderAreExact(dataset: string): Promise<void> {
    for (const name of await targetSnapshots(dataset)) {
      if (this.#truth.has(name)) await this.#isExact(dataset, name);
    }
  }

  /** On both sides there is nothing of ours but the backups and their base. */
  async nothingIsLeftBehind(dataset: string, foreign: readonly string[] = []): Promise<void> {
    const backups = await targetSnapshots(dataset);
    expect(backups.filter((name) => !name.startsWith('c2z_'))).toEqual([]);
    const left = (await sourceSnapshots(this.#spec)).filter((name) => !foreign.includes(name));
    expect(left).toEqual([backups.at(-1)]);
  }

  async #isExact(dataset: string, name: string): Promise<void> {
    const truth = this.#truth.get(name);
    if (truth === undefined) throw new Error(`${name} was never judged`);
    expect(`${name} ${await targetHash(dataset, name, truth.size)}`).toBe(`${name} ${truth.hash}`);
  }
}
