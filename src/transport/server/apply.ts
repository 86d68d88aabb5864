import type { ApplyProgress, VolumeWriter } from '../../core/volume.ts';
import { endedSession } from './desk.ts';
import { PieceQueue } from './piece-queue.ts';

/** One writing of pieces into a volume, with what it has come to so far. */
export class Apply {
  readonly index: number;
  readonly queue: PieceQueue;
  readonly #controller = new AbortController();
  readonly #done: Promise<ApplyProgress>;
  #progress: ApplyProgress = { bytesDone: 0, bytesWritten: 0 };
  #checkpoint: number | undefined;
  isOver = false;

  constructor(index: number, writer: VolumeWriter, width: number) {
    this.index = index;
    this.queue = new PieceQueue(width);
    this.#done = this.#run(writer);
    // Who asks for it is told; and nobody may ask.
    this.#done.catch(() => undefined);
  }

  /** Waits until all is written. */
  async finish(count: number): Promise<ApplyProgress> {
    this.queue.finish(count);
    this.#progress = await this.#done;
    return this.#progress;
  }

  /** Stops it, and waits for its end, whatever that is. */
  async stop(): Promise<void> {
    const reason = endedSession();
    this.#controller.abort(reason);
    this.queue.fail(reason);
    await this.#done.catch(() => undefined);
  }

  get bytesWritten(): number {
    return this.#progress.bytesWritten;
  }

  /** How far it is, and a checkpoint that was not told yet. */
  tell(): ApplyProgress & { checkpoint?: number } {
    const checkpoint = this.#checkpoint;
    this.#checkpoint = undefined;
    const { bytesDone, bytesWritten } = this.#progress;
    return { bytesDone, bytesWritten, ...(checkpoint === undefined ? {} : { checkpoint }) };
  }

  async #run(writer: VolumeWriter): Promise<ApplyProgress> {
    try {
      return await writer.apply(this.queue.pieces(), {
        signal: this.#controller.signal,
        onProgress: (progress) => {
          this.#progress = { ...progress };
        },
        onCheckpoint: (offset) => {
          this.#checkpoint = offset;
        },
      });
    } catch (error) {
      this.queue.fail(error);
      throw error;
    } finally {
      this.isOver = true;
    }
  }
}
