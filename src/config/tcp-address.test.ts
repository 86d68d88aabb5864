import { expect, it } from 'vitest';
import { tcpAddress, tcpAddressOr } from './tcp-address.ts';

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

it.each([
  ['0.0.0.0', '0.0.0.0', 8470],
  ['[::]', '::', 8470],
  ['192.0.2.7:443', '192.0.2.7', 443],
])('takes %s where the port may be left out', (text, host, port) => {
  expect(tcpAddressOr(8470).read(text)).toEqual({ ok: true, value: { host, port } });
});

it.each([
  [':8470', 'has no address: write 127.0.0.1:8470'],
  ['::', '"::" is no address with a port'],
  ['sink.example.org', '"sink.example.org" is no IP address'],
  ['0.0.0.0:', '"0.0.0.0:" is no address with a port'],
])('refuses %j also there', (value, problem) => {
  expect(tcpAddressOr(8470).read(value)).toMatchObject({ ok: false, problem });
});
