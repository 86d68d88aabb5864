import { styleText } from 'node:util';
import { formatDuration } from '../../src/lib/duration.ts';

const started = Date.now();
let count = 0;

/** Something is not as the demo says: it ends here. */
export class DemoError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** A part of the demo under its heading; the time it took is told at its end. */
export async function part<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const began = Date.now();
  const since = formatDuration(began - started);
  say('', paint(['bold', 'cyan'], `== ${++count}. ${title}`) + paint('dim', `  [${since}]`), '');
  const result = await work();
  say(paint('dim', `   (took ${formatDuration(Date.now() - began)})`));
  return result;
}

/** A command as one would type it. */
export function showCommand(words: readonly string[]): void {
  say(paint('bold', `$ ${words.map(quote).join(' ')}`));
}

export function good(text: string): void {
  say(`${paint('green', 'ok')} ${text}`);
}

export function check(holds: boolean, text: string): void {
  if (!holds) throw new DemoError(`it should be, and is not: ${text}`);
  good(text);
}

export function totalTime(): string {
  return formatDuration(Date.now() - started);
}

function paint(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
