import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { damagedMessage } from '../errors.ts';

/** Expands a compressed body, which has so many bytes when it is expanded. Throws a TransportError (`message-damaged`). */
export type Expand = (compressed: Buffer, bytes: number) => Promise<Buffer>;

const compress = promisify(zstdCompress);
const expand = promisify(zstdDecompress);

/** The fastest that there is: what a better one saves on the wire, it takes from the processors of the cluster. */
const LEVEL = 1;

/** The result grows by so many bytes at a time. */
const CHUNK_BYTES = 256 * 1024;

/** So much of what came before it may refer to, as a power of two: all of a body of 4 MiB. Else a few bytes could ask for much memory. */
const WINDOW_LOG = 22;

/** A body as one frame of Zstandard. It must not be touched meanwhile. */
export async function compressBody(body: Uint8Array): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL };
  return compress(body, { chunkSize: CHUNK_BYTES, params });
}

/**
 * What a body was before it was compressed; it must not be touched meanwhile. However it was made, no more memory is
 * taken than for what comes of it, for a window of 4 MiB, and a few hundred KiB.
 */
export const expandBody: Expand = async (compressed, bytes) => {
  let expanded: Buffer;
  try {
    expanded = await expand(compressed, {
      // All in one go. With one byte less, there would be a second one for nothing.
      chunkSize: Math.max(constants.Z_MIN_CHUNK, bytes + 1),
      maxOutputLength: bytes,
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
    });
  } catch (cause) {
    throw damagedMessage(`the body of a frame cannot be expanded to ${bytes} bytes`, cause);
  }
  if (expanded.length === bytes) return expanded;
  throw damagedMessage(
    `the body of a frame has ${expanded.length} bytes when it is expanded, not ${bytes}`,
  );
};
