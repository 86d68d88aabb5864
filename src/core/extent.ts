/**
 * A byte range of an image that may differ from the base. `zero` reads as zeros: a hole, or what a
 * discard left. Offsets and lengths are bytes; JavaScript numbers are exact up to 8 PiB, and
 * opening a larger image is an error.
 */
export interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly kind: 'data' | 'zero';
}

/** The largest piece that is read, sent or written at once, in bytes. */
export const MAX_PIECE_BYTES = 4 * 1024 * 1024;

/**
 * A buffer lent from a fixed pool. Whoever holds the lease when the bytes are no longer needed
 * gives it back, exactly once.
 */
export interface BufferLease {
  /** Memory aligned to 4096 bytes, at least {@link MAX_PIECE_BYTES} long. */
  readonly buffer: Buffer;
  release(): void;
}

/**
 * What travels from a source to a target. A data piece is at most {@link MAX_PIECE_BYTES} long, and
 * its bytes are the first `length` ones of the lease's buffer.
 */
export type Piece =
  | {
      readonly kind: 'data';
      readonly offset: number;
      readonly length: number;
      readonly lease: BufferLease;
    }
  | { readonly kind: 'zero'; readonly offset: number; readonly length: number };
