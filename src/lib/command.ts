import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createTail } from './tail.ts';

/** How often a process group that is being ended is looked at, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** How long the end of a killed program is waited for: one that hangs in the kernel has none. In milliseconds. */
const DEAD_MS = 1000;

/** How long the output of a program that has ended is waited for: what it left running may hold it open. In milliseconds. */
const DRAIN_MS = 500;

/** A program to run, and its bounds. Times are milliseconds. */
export interface CommandOrder {
  /** The program's path and its arguments; no shell sees them. */
  readonly command: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How long the program may take to end once it was told to. */
  readonly killAfterMs: number;
  /** Of what it writes to its outputs, the last so many bytes are kept. */
  readonly outputBytes: number;
  /** Ends it early; null when nothing may. */
  readonly signal: AbortSignal | null;
}

export type CommandEnding =
  | { readonly type: 'exited'; readonly status: number }
  /** By something else than this. */
  | { readonly type: 'killed'; readonly signal: string }
  | { readonly type: 'timed-out' }
  | { readonly type: 'cancelled' }
  /** `reason`: in the system's words. */
  | { readonly type: 'not-started'; readonly reason: string };

export interface CommandResult {
  readonly ending: CommandEnding;
  /** What it wrote to both outputs, in the order in which it came. */
  readonly output: string;
  /** Whether more than that was written. */
  readonly isCut: boolean;
  readonly durationMs: number;
}

/**
 * Runs a program in a process group of its own, with nothing on its standard input. When its time is over or the
 * signal aborts, the whole group gets SIGTERM, and what is left of it after a while SIGKILL. What a program that ends by
 * itself leaves running is left alone. Never rejects.
 */
export async function runCommand(order: CommandOrder): Promise<CommandResult> {
  const startedAt = performance.now();
  const tail = createTail(order.outputBytes);
  const ending = await end(order, tail.push);
  return {
    ending,
    output: tail.text(),
    isCut: tail.isCut(),
    durationMs: performance.now() - startedAt,
  };
}

async function end(order: CommandOrder, told: (chunk: Buffer) => void): Promise<CommandEnding> {
  if (order.signal?.aborted === true) return { type: 'cancelled' };
  const child = start(order);
  if ('type' in child) return child;
  child.stdout?.on('data', told);
  child.stderr?.on('data', told);
  const ended = exitOf(child);
  const closed = once(child, 'close').catch(() => undefined);
  const cut = await cutOff(ended, order);
  if (cut !== null && child.pid !== undefined) await endGroup(child.pid, ended, order.killAfterMs);
  await Promise.race([closed, delay(DRAIN_MS, undefined, { ref: false })]);
  // Whatever still has them or hangs must not keep this process.
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  return cut ?? ended;
}

function start({ command, env }: CommandOrder): ChildProcess | CommandEnding {
  const [program = '', ...args] = command;
  try {
    return spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  } catch (error) {
    return { type: 'not-started', reason: reasonOf(error) };
  }
}

function exitOf(child: ChildProcess): Promise<CommandEnding> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ type: 'not-started', reason: reasonOf(error) }));
    child.once('exit', (status, signal) =>
      resolve(
        signal === null ? { type: 'exited', status: status ?? 0 } : { type: 'killed', signal },
      ),
    );
  });
}

/** What ends the program before it ends by itself; null when it does. */
async function cutOff(
  ended: Promise<CommandEnding>,
  { timeoutMs, signal }: CommandOrder,
): Promise<CommandEnding | null> {
  const { promise, resolve } = Promise.withResolvers<CommandEnding | null>();
  const timer = setTimeout(() => resolve({ type: 'timed-out' }), timeoutMs);
  const abort = (): void => resolve({ type: 'cancelled' });
  signal?.addEventListener('abort', abort, { once: true });
  void ended.then(() => resolve(null));
  const cut = await promise;
  clearTimeout(timer);
  signal?.removeEventListener('abort', abort);
  return cut;
}

async function endGroup(
  group: number,
  ended: Promise<CommandEnding>,
  killAfterMs: number,
): Promise<void> {
  const deadline = performance.now() + killAfterMs;
  let isThere = signalGroup(group, 'SIGTERM');
  while (isThere && performance.now() < deadline) {
    await delay(Math.min(LOOK_EVERY_MS, deadline - performance.now()));
    isThere = signalGroup(group, 0);
  }
  if (isThere) signalGroup(group, 'SIGKILL');
  await Promise.race([ended, delay(DEAD_MS)]);
}

/** Whether there is anything in the group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
