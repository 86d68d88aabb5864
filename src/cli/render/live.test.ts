import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLiveRenderer } from './live.ts';
import { play, recordingStream, sampleRun } from './sample-run.ts';

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
    'vms: failed: 1 of 2 images backed up, 1 failed',
  ]) {
    expect(text).toContain(line);
  }
});
