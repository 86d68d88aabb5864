import type { Budget } from '../../lib/budget.ts';
import { invalidMessage } from '../errors.ts';
import { MAX_TASK_BYTES } from '../protocol/limits.ts';
import type { PlaceFor } from '../protocol/read-frames.ts';
import { type Requests, requestNamed } from '../protocol/requests.ts';
import type { TransferMemory } from './memory.ts';

/**
 * Where bodies go: data into one of the transfer's buffers, others into memory of a bounded amount (`bodies`; null when no
 * request has another body). A body that nothing is done with is dropped.
 */
export function createPlaces(
  requests: Requests,
  memory: TransferMemory,
  bodies: Budget | null,
  signal: AbortSignal,
): PlaceFor {
  return async ({ bodyBytes }, head) => {
    const request = requestNamed(requests, nameOf(head));
    if (request?.data === true) return memory.lease(signal);
    if (request === undefined || bodies === null) return null;
    if (bodyBytes > MAX_TASK_BYTES) {
      throw invalidMessage(`a body without data has more than ${MAX_TASK_BYTES} bytes`);
    }
    const release = await bodies.take(bodyBytes, signal);
    return { buffer: Buffer.allocUnsafe(bodyBytes), release };
  };
}

/** What a request's head asks for; empty when that is nothing. */
export function nameOf(head: unknown): string {
  const isObject = typeof head === 'object' && head !== null && 'do' in head;
  return isObject && typeof head.do === 'string' ? head.do : '';
}
