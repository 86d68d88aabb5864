import { expect, it } from 'vitest';
import { createJsonRenderer } from './json.ts';
import { play, recordingStream, sampleRun } from './sample-run.ts';

it('writes each event as it is, one a line, and nothing that acts on a terminal', () => {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  play(createJsonRenderer(stdout.stream, stderr.stream), sampleRun());
  expect(stdout.lines().map((line) => JSON.parse(line))).toEqual(sampleRun());
  expect(stdout.text()).not.toContain('\u001b');
  expect(stderr.text()).toBe('');
});
