import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandOrder, runCommand } from './command.ts';

// Programs are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
const started: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
});

afterEach(async () => {
  // What a test that fails has left running.
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true });
});

/** Runs a shell script, as the program that an operator would write. */
async function run(script: string, changes: Partial<CommandOrder> = {}) {
  const file = join(folder, 'script');
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return runCommand({
    command: [file],
    env: { PATH: '/usr/bin:/bin', FOLDER: folder },
    timeoutMs: 30_000,
    killAfterMs: 300,
    outputBytes: 1000,
    signal: null,
    ...changes,
  });
}

/** The number in a file that a script has written, as soon as it is there. */
async function pidIn(name: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) {
      const pid = Number(text);
      started.push(pid);
      return pid;
    }
    await delay(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectGone(pid: number): Promise<void> {
  // Who inherits a dead process may take a moment to bury it.
  for (let looks = 0; looks < 100 && isAlive(pid); looks++) await delay(20);
  expect(isAlive(pid)).toBe(false);
}

describe('a command', () => {
  it('gets its arguments as they are, the environment that is given, and nothing on its standard input', async () => {
    const file = join(folder, 'told');
    await writeFile(file, '#!/bin/sh\nprintf "%s|" "$@" "$ONLY"; env | grep -c HOME; cat\n', {
      mode: 0o755,
    });
    const result = await runCommand({
      command: [file, 'a b', '$(id)', '', '*'],
      env: { PATH: '/usr/bin:/bin', ONLY: 'this' },
      timeoutMs: 30_000,
      killAfterMs: 300,
      outputBytes: 1000,
      signal: null,
    });
    expect(result).toMatchObject({
      ending: { type: 'exited', status: 0 },
      output: 'a b|$(id)||*|this|0',
      isCut: false,
    });
  });

  it('tells its exit status and what it wrote to both outputs', async () => {
    const result = await run('echo out; sleep 0.1; echo err >&2; exit 3');
    expect(result.ending).toEqual({ type: 'exited', status: 3 });
    expect(result.output).toBe('out\nerr');
    expect(result.durationMs).toBeGreaterThan(90);
  });

  it('tells the signal that killed it', async () => {
    expect((await run('kill -KILL $$')).ending).toEqual({ type: 'killed', signal: 'SIGKILL' });
  });

  it('tells why it could not be started', async () => {
    const missing = await run('', { command: [join(folder, 'missing')] });
    expect(missing.ending).toMatchObject({ type: 'not-started' });
    expect(missing.ending).toHaveProperty('reason', expect.stringContaining('ENOENT'));
    const tooLong = await run('', { env: { LONG: 'x'.repeat(1024 * 1024) } });
    expect(tooLong.ending).toHaveProperty('reason', expect.stringContaining('E2BIG'));
  });

  it('keeps the end of what it wrote, and says that there was more', async () => {
    const result = await run('seq 1 100000; printf the-end', { outputBytes: 64 });
    expect(Buffer.byteLength(result.output)).toBeLessThanOrEqual(64);
    expect(result.output).toMatch(/\n100000\nthe-end$/);
    expect(result.isCut).toBe(true);
  });
});

describe('a command whose time is over', () => {
  it('may end cleanly', async () => {
    const result = await run('trap "echo cleaned; exit 0" TERM; sleep 30 & wait', {
      timeoutMs: 300,
      killAfterMs: 20_000,
    });
    expect(result).toMatchObject({ ending: { type: 'timed-out' }, output: 'cleaned' });
    expect(result.durationMs).toBeLessThan(10_000);
  });

  it('is killed with all that it started, though they ignore SIGTERM', async () => {
    const running = run(
      `trap '' TERM
       sh -c 'trap "" TERM; sleep 60 & echo $! >"$FOLDER/deep"; echo $$ >"$FOLDER/child"; wait; wait' &
       echo $$ >"$FOLDER/self"
       while :; do sleep 60; done`,
      { timeoutMs: 1000 },
    );
    const pids = await Promise.all(['self', 'child', 'deep'].map(pidIn));
    expect(pids.every(isAlive)).toBe(true);
    const result = await running;
    expect(result.ending).toEqual({ type: 'timed-out' });
    expect(result.durationMs).toBeGreaterThanOrEqual(1290);
    expect(result.durationMs).toBeLessThan(10_000);
    for (const pid of pids) await expectGone(pid);
  });

  it('is killed with a child that ignores SIGTERM when it has ended itself', async () => {
    const running = run(
      `sh -c 'trap "" TERM; echo $$ >"$FOLDER/child"; while :; do sleep 60; done' &
       sleep 60`,
      { timeoutMs: 500 },
    );
    const child = await pidIn('child');
    expect((await running).ending).toEqual({ type: 'timed-out' });
    await expectGone(child);
  });
});

describe('a command with a signal', () => {
  it('is ended when that aborts', async () => {
    const controller = new AbortController();
    const running = run('echo $$ >"$FOLDER/self"; sleep 60', { signal: controller.signal });
    const pid = await pidIn('self');
    controller.abort();
    expect((await running).ending).toEqual({ type: 'cancelled' });
    await expectGone(pid);
  });

  it('is not begun when that has aborted', async () => {
    const result = await run('touch "$FOLDER/began"', { signal: AbortSignal.abort() });
    expect(result.ending).toEqual({ type: 'cancelled' });
    await expect(readFile(join(folder, 'began'))).rejects.toThrow('ENOENT');
  });
});

it('is done with a program that has ended, and leaves alone what that left running with its output open', async () => {
  const result = await run('sleep 20 & echo $! >"$FOLDER/left"; echo said');
  const left = await pidIn('left');
  expect(result).toMatchObject({ ending: { type: 'exited', status: 0 }, output: 'said' });
  expect(result.durationMs).toBeLessThan(10_000);
  expect(isAlive(left)).toBe(true);
  process.kill(left, 'SIGKILL');
});
