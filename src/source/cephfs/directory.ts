import type { DirectoryIdentity } from '../../core/source.ts';
import type { DirectorySnapshot, TreeSnapshot, TreeSource } from '../../core/tree.ts';
import type { DirectoryContext } from './context.ts';
import { createSnapshot } from './create-snapshot.ts';
import { openSnapshot } from './open-snapshot.ts';
import { readSize } from './read-size.ts';
import { readSnapshots } from './read-snapshots.ts';
import { removeSnapshot } from './remove-snapshot.ts';

/** A directory of a CephFS. Nothing of it is held open: that it is still the same is proved each time. */
export class CephfsDirectory implements TreeSource {
  readonly name: string;
  readonly identity: DirectoryIdentity;
  readonly #context: DirectoryContext;

  constructor(context: DirectoryContext) {
    this.#context = context;
    this.name = context.name;
    this.identity = context.identity;
  }

  snapshots(signal: AbortSignal): Promise<readonly DirectorySnapshot[]> {
    const { operations } = this.#context.filesystem;
    return operations.run(signal, () => readSnapshots(this.#context));
  }

  createSnapshot(name: string, signal: AbortSignal): Promise<DirectorySnapshot> {
    return createSnapshot(this.#context, name, signal);
  }

  async removeSnapshot(snapshot: DirectorySnapshot, signal: AbortSignal): Promise<boolean> {
    await removeSnapshot(this.#context, snapshot, signal);
    return true;
  }

  /** A snapshot of a directory is made in one step: there is never a part of one. */
  async removeUnfinished(): Promise<void> {}

  openSnapshot(snapshot: DirectorySnapshot, signal: AbortSignal): Promise<TreeSnapshot> {
    return openSnapshot(this.#context, snapshot, signal);
  }

  size(signal: AbortSignal): Promise<number> {
    const { operations } = this.#context.filesystem;
    return operations.run(signal, () => readSize(this.#context));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
