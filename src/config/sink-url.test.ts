import { expect, it } from 'vitest';
import { sinkUrl } from './sink-url.ts';

it.each([
  ['https://backup.example.org', 'https://backup.example.org:8470'],
  ['https://backup.example.org/', 'https://backup.example.org:8470'],
  ['https://BACKUP.example.org:9000', 'https://backup.example.org:9000'],
  // The port that HTTPS has by default, and that a URL therefore drops.
  ['https://backup:443', 'https://backup:443'],
  ['https://192.0.2.7:08470', 'https://192.0.2.7:8470'],
  ['https://[2001:db8::1]', 'https://[2001:db8::1]:8470'],
  ['https://[2001:DB8::1]:1', 'https://[2001:db8::1]:1'],
])('%s is %s', (text, url) => {
  expect(sinkUrl.read(text)).toEqual({ ok: true, value: url });
});

it.each([
  ['backup.example.org:8470', 'does not begin with https://: a push is always encrypted'],
  ['http://backup', 'does not begin with https://: a push is always encrypted'],
  ['//backup', '"//backup" is no URL'],
  ['https://', '"https://" is no URL'],
  ['https://h:65536', '"https://h:65536" is no URL'],
  ['https://[::g]', '"https://[::g]" is no URL'],
  ['https://h:0', '0 is no port'],
  ['https://h/x', '"https://h/x" has more than a host and a port'],
  ['https://h?x', '"https://h?x" has more than a host and a port'],
  ['https://h#x', '"https://h#x" has more than a host and a port'],
  ['https://h:8470//', '"https://h:8470//" has more than a host and a port'],
  [8470, 'must be text, but is 8470, a number: put it in quotes'],
])('%s is none', (value, problem) => {
  expect(sinkUrl.read(value)).toMatchObject({ ok: false, problem });
});

it.each(['https://me:hunter2@h', 'https://hunter2@h:8470'])(
  'a password is not told again (%s)',
  (text) => {
    const result = sinkUrl.read(text);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  },
);
