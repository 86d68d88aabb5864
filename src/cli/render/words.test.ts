import { expect, it } from 'vitest';
import { planned, treeFinished } from './sample-run.ts';
import { finishedText, reasonText } from './words.ts';

it.each([
  [
    { created: 12, changed: 3, renamed: 2, removed: 1, compared: 1234, scanned: 5, pruned: 310 },
    '12 created, 3 changed, 2 renamed, 1 removed; 1234 entries compared, 5 directories scanned, 310 pruned',
  ],
  [
    { compared: 1, scanned: 1, pruned: 0 },
    'nothing changed; 1 entry compared, 1 directory scanned, 0 pruned',
  ],
  [
    { rechecked: 3, compared: 4, scanned: 1 },
    'nothing changed; 4 entries compared, 3 rechecked, 1 directory scanned, 0 pruned',
  ],
  [
    { linked: 1, compared: 2, scanned: 1, full: true },
    '1 linked; 2 entries compared, 1 directory scanned, full scan',
  ],
  [
    { skipped: 1, compared: 2, scanned: 1 },
    'PARTIAL: 1 entry could not be copied, nothing changed; 2 entries compared, 1 directory scanned, 0 pruned',
  ],
])('an increment of a tree with %j', (counts, text) => {
  expect(finished(counts)).toBe(
    `incremental, ${text}, read 10.0 MiB, wrote 4.0 MiB, 18s, c2z_2026-11-23T14:00:00Z`,
  );
});

it('a first transfer of a tree does not say that it looked at everything', () => {
  expect(finished({ created: 3, full: true, scanned: 1 }, 'full')).toMatch(
    /^full, 3 created; 0 entries compared, 1 directory scanned, read /,
  );
});

it('a plan says why everything is copied', () => {
  expect(reasonText({ ...planned('/home'), reason: 'replaced' })).toBe(
    'the source was removed and made again',
  );
});

function finished(counts: Parameters<typeof treeFinished>[2], mode?: 'full'): string {
  return finishedText(treeFinished(0, '/home', counts, mode));
}
