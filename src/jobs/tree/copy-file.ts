import type { Entry, TreePath } from '../../core/entry.ts';
import { type Extent, MAX_PIECE_BYTES } from '../../core/extent.ts';
import { createWindow } from '../../lib/window.ts';
import { readPieces } from '../pieces.ts';
import type { TreeWork } from './work.ts';

/** A file of at most so many bytes is read and written in one go. */
const SMALL_FILE_BYTES = 256 * 1024;

/** Of a larger file, so much is written between two notes of how far it is. */
const CHECKPOINT_BYTES = 1024 ** 3;

/** Makes the copy of a file, or brings it to what the file is now. */
export async function copyFile(work: TreeWork, path: TreePath, entry: Entry): Promise<void> {
  const { snapshot, writer, bytes, pace, signal } = work;
  if (entry.size > SMALL_FILE_BYTES) return copyLarge(work, path, entry);
  await pace(entry.size, signal);
  const details = await snapshot.details(path, entry, SMALL_FILE_BYTES, signal);
  bytes.read += entry.size;
  // Not `+= await`: that would add to what the sum was before the others that run meanwhile.
  const written = await writer.putFile(path, entry, details, signal);
  bytes.written += written;
}

/** Copies piece by piece, and writes only what differs from what is there. */
async function copyLarge(work: TreeWork, path: TreePath, entry: Entry): Promise<void> {
  const { snapshot, writer, bytes, pool, depth, pace, tell, signal } = work;
  await using source = await snapshot.openFile(path, signal);
  await using target = await writer.openFile(path, entry, signal);
  const window = createWindow(depth);
  const onRead = (length: number): void => {
    bytes.read += length;
    tell();
  };
  let noted = target.from;
  try {
    const options = { pool, depth, pace, signal, onRead };
    const pieces = readPieces(source, rest(entry, target.from), options);
    for await (const piece of pieces) {
      try {
        if (piece.offset - noted >= CHECKPOINT_BYTES) {
          await window.drain();
          await target.checkpoint(piece.offset, signal);
          noted = piece.offset;
        }
        await window.add(async () => {
          const written = await target.write(piece, signal);
          bytes.written += written;
          tell();
        });
      } catch (error) {
        if (piece.kind === 'data') piece.lease.release();
        throw error;
      }
    }
  } finally {
    // Also after a failure: buffers that are being written must not be given back early.
    await window.drain();
  }
  await target.finish(await snapshot.details(path, entry, 0, signal), signal);
}

/** The range of the file that is still to be copied. */
function rest({ size }: Entry, from: number): readonly Extent[] {
  // Pieces are cut at multiples of their size; an offset within one would only make more of them.
  const offset = Math.floor(from / MAX_PIECE_BYTES) * MAX_PIECE_BYTES;
  return offset >= size ? [] : [{ kind: 'data', offset, length: size - offset }];
}
