import { execa } from 'execa';
import { expect, it } from 'vitest';

const DEMO = new URL('../../scripts/demo.ts', import.meta.url).pathname;

it('the demo backs up an image and a tree twice, reads files of the old backups, and proves all exact', async () => {
  const { all, exitCode } = await execa('node', [DEMO], {
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  const text = all ?? '';
  expect(exitCode, text).toBe(0);

  expect(text).toMatch(/^ok: 2 jobs$/m);
  // The plan, and what then was done.
  expect(text).toMatch(/^rbd\/demo-vm +full +\S+ MiB +nothing on the target yet/m);
  expect(text).toMatch(/done: full, read (2\d\d MiB), wrote \1,/);
  expect(text).toMatch(/done: incremental, read \d+(\.\d)? KiB, wrote \d+(\.\d)? KiB/);
  expect(text).toMatch(/^ok it is an increment of c2z_/m);
  // The old letter comes out of the old backup, the new one out of the new.
  expect(text).toMatch(/^\$ .*demo\/old\/home\/ada\/letter.txt\n(.*\n)+.*algebraical patterns/m);
  expect(text).toMatch(/^\$ .*demo\/new\/home\/ada\/letter.txt\n(.*\n)+.*never mind/m);
  expect(text).toMatch(/^ok the new backup is the image, byte for byte$/m);
  expect(text).toMatch(/^ok the old backup still is what the image was/m);
  const hashes = text.match(/^[0-9a-f]{64}$/gm) ?? [];
  expect(hashes).toHaveLength(6);
  expect(new Set(hashes).size).toBe(2);
  // The push is of what the disk is now.
  expect(text).toMatch(/^ok what was pushed is the image, byte for byte$/m);
  // The tree: a rename is a rename, and of a large file what changed is written.
  expect(text).toMatch(/done: incremental, .*\b1 renamed/);
  expect(text).toMatch(/^ok it needs \d+(\.\d+)? .iB: of the film, what changed$/m);
  expect(text).toMatch(/^ok the list is as it was, and as it is$/m);
  expect(text).toMatch(/^ok rsync finds no difference/m);
  expect(text).toContain('To try next:');
});
