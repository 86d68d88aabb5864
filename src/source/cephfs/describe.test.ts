import { expect, it } from 'vitest';
import { filesystemContext } from '../../../test/support/filesystem-context.ts';
import { describeTree } from './describe.ts';

function filesystemOf(bytes: bigint) {
  const answers: Record<string, unknown> = {
    readAttribute: Buffer.from(String(bytes)),
    readDetails: { settings: {} },
  };
  return filesystemContext((method) => answers[method]);
}

it.each([
  [4096n, 4096],
  [2n ** 53n, Number.MAX_SAFE_INTEGER],
  [2n ** 64n - 4096n, Number.MAX_SAFE_INTEGER],
])('tells of a tree of %d bytes that it has %d', async (bytes, size) => {
  const filesystem = filesystemOf(bytes);
  expect(await describeTree(filesystem, filesystem.mount, '/d')).toMatchObject({ size });
});
