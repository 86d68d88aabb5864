import { expect, it } from 'vitest';
import { tcpAddress } from './tcp-address.ts';

it.each([
  ['127.0.0.1:9470', '127.0.0.1', 9470],
  ['0.0.0.0:1', '0.0.0.0', 1],
  ['[::1]:65535', '::1', 65_535],
])('takes %s', (text, host, port) => {
  expect(tcpAddress.read(text)).toEqual({ ok: true, value: { host, port } });
});

it.each([
  [9470, '9470 has no address: write 127.0.0.1:9470'],
  ['9470', 'has no address: write 127.0.0.1:9470'],
  [':9470', 'has no address: write 127.0.0.1:9470'],
  ['127.0.0.1', '"127.0.0.1" is no address with a port'],
  ['localhost:9470', '"localhost" is no IP address'],
  ['::1:9470', '"::1:9470" is no address with a port'],
  ['[127.0.0.1]:9470', '"127.0.0.1" is no IP address'],
  ['127.0.0.1:0', '0 is no port'],
  ['127.0.0.1:65536', '65536 is no port'],
  [['127.0.0.1:1'], 'must be text, but is a list'],
])('refuses %j', (value, problem) => {
  expect(tcpAddress.read(value)).toMatchObject({ ok: false, problem });
});
