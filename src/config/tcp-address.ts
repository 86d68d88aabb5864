import { isIP } from 'node:net';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { type FieldRule, shown, wrongType } from './field.ts';

/** Where a server listens. */
export interface TcpAddress {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** An address and a port. The address must be there: who listens on all of them is to have written that down. */
export const tcpAddress: FieldRule<TcpAddress> = {
  kind: 'address',
  allowed: 'an IP address and a port, such as 127.0.0.1:9470 or [::1]:9470',
  read: (value) => readAddress(value, null),
};

/** The same, but the port may be left out. */
export function tcpAddressOr(defaultPort: number): FieldRule<TcpAddress> {
  return {
    kind: 'address',
    allowed: `an IP address, and a port if it is not ${defaultPort}, such as 0.0.0.0, [::]:${defaultPort} or 192.0.2.7:443`,
    read: (value) => readAddress(value, defaultPort),
  };
}

function readAddress(value: unknown, defaultPort: number | null): Parsed<TcpAddress> {
  if (typeof value === 'number') {
    return notParsed(`${value} has no address: write 127.0.0.1:${value}`);
  }
  if (typeof value !== 'string') return wrongType('text', value);
  const port = /^:?(?<port>\d+)$/.exec(value)?.groups?.['port'];
  if (port !== undefined) return notParsed(`has no address: write 127.0.0.1:${port}`);
  const match = ADDRESS.exec(value)?.groups;
  const given = match?.['port'] ?? defaultPort;
  if (match === undefined || given === null) {
    return notParsed(`${shown(value)} is no address with a port`);
  }
  const { six, four = '' } = match;
  const host = six ?? four;
  if (isIP(host) !== (six === undefined ? 4 : 6))
    return notParsed(`${shown(host)} is no IP address`);
  const number = Number(given);
  const isPort = number >= 1 && number <= 65_535;
  return isPort ? parsed({ host, port: number }) : notParsed(`${number} is no port`);
}

const ADDRESS = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+))(?::(?<port>\d{1,5}))?$/;
