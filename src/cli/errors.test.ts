import { expect, it } from 'vitest';
import { ConfigError } from '../config/problems.ts';
import { Ceph2zfsError } from '../core/errors.ts';
import { errorLines, exitCodeOf, UsageError } from './errors.ts';

const known = new Ceph2zfsError({
  code: 'pool-full',
  message: 'tank is full',
  retry: 'backoff',
  hint: 'Make room.',
  cause: new Error('write failed', { cause: new Error('ENOSPC') }),
});

it('an error of ours is shown as message, causes and hint, without a stack', () => {
  expect(errorLines(known)).toEqual([
    'error: tank is full',
    '  cause: write failed',
    '  cause: ENOSPC',
    '  hint: Make room.',
  ]);
});

it('an error of ours stays what it is when closing fails after it', () => {
  const both = new SuppressedError(new Error('cannot unmount'), known);
  expect(errorLines(both)).toEqual([
    'error: tank is full',
    '  cause: write failed',
    '  cause: ENOSPC',
    '  cause: then closing failed: cannot unmount',
    '  hint: Make room.',
  ]);
  expect(exitCodeOf(both)).toBe(exitCodeOf(known));
});

it('an error that nobody expected shows its stack and asks for a report', () => {
  const lines = errorLines(new TypeError('x is not a function'));
  expect(lines[0]).toBe('error: x is not a function');
  expect(lines.join('\n')).toContain('errors.test.ts');
  expect(lines.at(-1)).toContain('Please report it');
});

it('what is no error at all is shown too', () => {
  expect(errorLines('boom')[0]).toBe('error: boom');
});

it('a configuration is shown problem by problem', () => {
  const problem = { file: 'c.yaml', line: 2, column: 3, path: 'jobs[0]', message: 'missing' };
  const error = new ConfigError('config-invalid', 'the configuration c.yaml has a problem', [
    problem,
    { ...problem, line: 4, path: '', message: 'odd \u001b[31m', allowed: 'even' },
  ]);
  expect(errorLines(error)).toEqual([
    'c.yaml:2:3: jobs[0]: missing',
    'c.yaml:4:3: odd \\x1b[31m (allowed: even)',
    'the configuration c.yaml has a problem',
  ]);
});

it('messages of several lines stay whole and readable, and cannot speak to the terminal', () => {
  const error = new Ceph2zfsError({
    code: 'c',
    message: 'one\n\u001b[2Jtwo',
    retry: 'never',
    hint: 'a\nb',
  });
  expect(errorLines(error)).toEqual(['error: one', '  \\x1b[2Jtwo', '  hint: a', '        b']);
});

it.each([
  [new ConfigError('config-unreadable', 'm', []), 3],
  [new UsageError('unknown-job', 'm'), 2],
  [known, 4],
  [new Ceph2zfsError({ code: 'target-busy', message: 'm', retry: 'backoff' }), 5],
  [new Ceph2zfsError({ code: 'pki-busy', message: 'm', retry: 'backoff' }), 5],
  [new Ceph2zfsError({ code: 'pki-unknown', message: 'm', retry: 'never' }), 2],
  [new Error('m'), 70],
  [undefined, 70],
])('%s ends the program with %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
