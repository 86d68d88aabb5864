import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLiveRenderer } from './live.ts';
import {
  eventAt,
  hookFinished,
  hookStarted,
  play,
  recordingStream,
  sampleRun,
  treeFinished,
} from './sample-run.ts';

it('marks a backup that lacks something, and repeats it at the end', () => {
  const output = recordingStream({ isTTY: true, columns: 200, rows: 24 });
  const events = [treeFinished(5, '/home', { skipped: 1 }), ...sampleRun().slice(-1)];
  play(createLiveRenderer(output.stream, {}), events);
  const text = stripVTControlCharacters(output.text());
  expect(text).toContain('partial /home: incremental, PARTIAL: 1 entry could not be copied');
  expect(text).toContain('\n/home: PARTIAL: 1 entry could not be copied\nvms: failed: 1 PARTIAL');
});

it('leaves what is finished, warnings and the summary on the screen', () => {
  const output = recordingStream({ isTTY: true, columns: 200, rows: 24 });
  const renderer = createLiveRenderer(output.stream, {});
  renderer.note('Stopping cleanly; once more to force.');
  play(renderer, sampleRun());
  const text = stripVTControlCharacters(output.text());
  for (const line of [
    'Stopping cleanly',
    'warning: rbd/vm-1: the object map is invalid (Rebuild it.)',
    'ok rbd/vm-1: full, read 1000 MiB',
    'failed rbd/\\x1b[31mvm-2: cannot write\n',
    '    cause: EIO\n    hint: Look at `zpool status`.',
    'vms: failed: 1 of 2 sources backed up, 1 failed',
  ]) {
    expect(text).toContain(line);
  }
});

it('shows hooks that failed, and no others', () => {
  const output = recordingStream({ isTTY: true, columns: 200, rows: 24 });
  play(createLiveRenderer(output.stream, {}), [
    eventAt(0, hookStarted('rbd/a')),
    eventAt(1, hookFinished('rbd/a', 'ok')),
    eventAt(2, hookFinished('rbd/b', 'failed')),
    eventAt(3, hookFinished(null, 'cancelled')),
  ]);
  const text = stripVTControlCharacters(output.text());
  expect(text.split('\n').filter((line) => line.includes('hook'))).toEqual([
    'rbd/b: before_snapshot hook /bin/freeze: failed, 0.4s',
    'before_snapshot hook /bin/freeze: cancelled, 0.4s',
  ]);
});
