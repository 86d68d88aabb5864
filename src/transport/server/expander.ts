import { createSlots } from '../../lib/slots.ts';
import { type Expand, expandBody } from '../protocol/zstd.ts';

/**
 * Expands bodies, so many at a time for all clients together: that bounds the memory and the threads that it takes.
 * Nobody holds a place while it waits for its peer: all of a compressed body is there before it asks for one.
 */
export function createExpander(atOnce: number, expand = expandBody): Expand {
  const slots = createSlots(atOnce);
  return async (compressed, bytes) => {
    const leave = await slots.take();
    try {
      return await expand(compressed, bytes);
    } finally {
      leave();
    }
  };
}
