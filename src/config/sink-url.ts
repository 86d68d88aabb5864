import { notParsed, parsed } from '../lib/parsed.ts';
import { type FieldRule, shown, wrongType } from './field.ts';

/** Where sinks listen when nothing else is said. */
export const SINK_PORT = 8470;

const FORM = /^https:\/\/(?<host>\[[^\]/@]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?\/?$/;

/** The address of a sink, as `https://HOST:PORT`: with the port, also where that was left out. */
export const sinkUrl: FieldRule<string> = {
  kind: 'URL',
  allowed: `https://HOST or https://HOST:PORT, without anything behind; the port is ${SINK_PORT} unless something else is said`,
  read(value) {
    if (typeof value !== 'string') return wrongType('text', value);
    const url = URL.parse(value);
    if (url === null) return notParsed(`${shown(value)} is no URL`);
    if (url.protocol !== 'https:') {
      return notParsed('does not begin with https://: a push is always encrypted');
    }
    // It is not shown: there may be a password in it.
    if (url.username !== '' || url.password !== '') {
      return notParsed('has a user or a password in it: a client is known by its certificate');
    }
    const { host, port = String(SINK_PORT) } = FORM.exec(value)?.groups ?? {};
    if (host === undefined) return notParsed(`${shown(value)} has more than a host and a port`);
    if (Number(port) < 1) return notParsed(`${port} is no port`);
    return parsed(`https://${url.hostname}:${Number(port)}`);
  },
};
