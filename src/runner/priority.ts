import type { Priority } from '../config/priority.ts';

/**
 * What stands before a command so that it runs with this priority. It is the process that gets it, before it starts a
 * thread: one that runs already would have to look for all of its threads, since each has a priority of its own.
 */
export function priorityPrefix({ nice, io }: Priority): readonly string[] {
  return [...(nice === 0 ? [] : ['nice', '-n', String(nice)]), ...ioPrefix(io)];
}

function ioPrefix(io: Priority['io']): readonly string[] {
  if (io === undefined) return [];
  return io === 'idle' ? ['ionice', '-c', '3'] : ['ionice', '-c', '2', '-n', String(io)];
}
