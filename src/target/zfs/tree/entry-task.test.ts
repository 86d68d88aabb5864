import { expect, it } from 'vitest';
import { packTask, unpackTask } from './entry-task.ts';

it('a task comes out as it went in', () => {
  const details = { xattrs: [], linkTarget: Buffer.from('to'), settings: {}, data: null };
  const [path, entry, tag] = [Buffer.from('a/b'), Buffer.alloc(80, 1), Buffer.alloc(6, 2)];
  const packed = packTask(path, entry, tag, details);
  expect(packed.buffer.byteLength).toBe(packed.length);
  expect(unpackTask(packed)).toEqual({ path, entry, tag, details });
});
