import { describe, expect, it } from 'vitest';
import { Ceph2zfsError, reportError } from './errors.ts';

const full = new Ceph2zfsError({
  code: 'no-space',
  message: 'the pool is full',
  retry: 'never',
  hint: 'Make room.',
  cause: new Error('ENOSPC'),
});

/** What is caught of an operation that fails, and then each of the things that it had in use. */
async function caught(error: unknown, ...closing: readonly unknown[]): Promise<unknown> {
  try {
    await using stack = new AsyncDisposableStack();
    for (const failure of closing.toReversed()) {
      stack.defer(() => {
        throw failure;
      });
    }
    throw error;
  } catch (result) {
    return result;
  }
}

describe('the report of an error', () => {
  it('tells its causes, each once, also when they point back', () => {
    const outer = new Error('outer');
    outer.cause = new Error('inner', { cause: outer });
    expect(reportError(outer)).toMatchObject({ code: 'unexpected', causes: ['inner'] });
  });

  it('tells what failed first, and then what closing failed with', async () => {
    const unmount = new Error('cannot unmount', { cause: new Error('EBUSY') });
    expect(reportError(await caught(full, unmount, new Error('no cluster')))).toEqual({
      code: 'no-space',
      message: 'the pool is full',
      retry: 'never',
      hint: 'Make room.',
      causes: [
        'ENOSPC',
        'then closing failed: cannot unmount',
        'EBUSY',
        'then closing failed: no cluster',
      ],
    });
  });

  it('tells once what closing failed with again', async () => {
    expect(await caught(full, full)).toBeInstanceOf(SuppressedError);
    expect(reportError(await caught(full, full))).toEqual(reportError(full));
    expect(reportError(await caught(full, full.cause))).toEqual(reportError(full));
  });
});
