import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../../../test/support/certificate.ts';
import { createReceiver } from '../../../test/support/http-receiver.ts';
import { createSmtpReceiver } from '../../../test/support/smtp-receiver.ts';
import type { Email } from '../../config/notify.ts';
import { reportError } from '../../core/errors.ts';
import type { Message } from './message.ts';
import { sendEmail } from './send-email.ts';
import { sendPing, sendWebhook } from './send-http.ts';

const MESSAGE: Message = {
  occasion: 'failure',
  job: 'vms',
  at: Date.UTC(2026, 10, 25),
  title: 'ceph2zfs: vms failed',
  text: 'ceph2zfs: vms failed\n\nthe pool is full',
};
const WEBHOOK = { type: 'webhook', on: ['failure'], jobs: ['*'] } as const;
const PING = { type: 'ping', jobs: ['*'] } as const;
const NEVER = new AbortController().signal;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ceph2zfs-notify-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function secretFile(text: string, mode = 0o600): string {
  const file = `${folder}/secret`;
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** All that could be seen of an error. */
async function failureOf(sending: Promise<void>): Promise<string> {
  return JSON.stringify(reportError(await sending.catch((error: unknown) => error)));
}

describe('a webhook', () => {
  it('gets the message as JSON, with the headers of the file', async () => {
    await using receiver = await createReceiver();
    const file = secretFile('Authorization: Bearer abc:def\n\nX-Team: storage\n');
    const url = `${receiver.url}/hook?token=t`;
    await sendWebhook({ ...WEBHOOK, url, headers_file: file }, MESSAGE, NEVER);
    expect(receiver.received).toMatchObject([
      {
        method: 'POST',
        path: '/hook?token=t',
        headers: {
          authorization: 'Bearer abc:def',
          'x-team': 'storage',
          'content-type': 'application/json',
        },
      },
    ]);
    const { occasion: event, ...rest } = MESSAGE;
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual({ event, ...rest });
  });

  it.each([500, 404, 302])(
    'that answers %d was not told, and is named by its host',
    async (status) => {
      await using receiver = await createReceiver();
      receiver.answer(status, { location: '/elsewhere' });
      const url = `${receiver.url}/hook/secret`;
      const failure = await failureOf(sendWebhook({ ...WEBHOOK, url }, MESSAGE, NEVER));
      expect(failure).toContain(`${receiver.host} cannot be told: it answers ${status}`);
      expect(failure).not.toContain('secret');
      expect(receiver.received).toHaveLength(1);
    },
  );

  it('that does not answer, or is not there, was not told either', async () => {
    const receiver = await createReceiver();
    receiver.answer(null);
    const webhook = { ...WEBHOOK, url: `${receiver.url}/hook/secret` };
    const late = await failureOf(sendWebhook(webhook, MESSAGE, AbortSignal.timeout(30)));
    await receiver[Symbol.asyncDispose]();
    const gone = await failureOf(sendWebhook(webhook, MESSAGE, NEVER));
    expect([late, gone]).toEqual([
      expect.stringContaining('no answer in time'),
      expect.stringContaining('ECONNREFUSED'),
    ]);
    expect(late + gone).not.toContain('secret');
  });

  it.each([
    ['Authorization: Bearer abc', 0o644, 'can be used by others: mode 0644'],
    ['Authorization: Bearer abc', 0o602, 'can be used by others: mode 0602'],
    ['good: 1\nAuthorization Bearer abc', 0o600, 'line 2 of'],
  ])('is not told with %j of mode %i', async (text, mode, problem) => {
    await using receiver = await createReceiver();
    const webhook = { ...WEBHOOK, url: receiver.url, headers_file: secretFile(text, mode) };
    const failure = await failureOf(sendWebhook(webhook, MESSAGE, NEVER));
    expect(failure).toContain('notify-secret');
    expect(failure).toContain(problem);
    expect(failure).not.toContain('abc');
    expect(receiver.received).toEqual([]);
  });

  it('is not told without the file', async () => {
    const webhook = { ...WEBHOOK, url: 'http://127.0.0.1:1', headers_file: `${folder}/none` };
    expect(await failureOf(sendWebhook(webhook, MESSAGE, NEVER))).toContain(
      'cannot be read: ENOENT',
    );
  });
});

describe('a ping', () => {
  it('tells a success by the URL, and a failure by /fail with the beginning of the error', async () => {
    await using receiver = await createReceiver();
    await sendPing({ ...PING, url: `${receiver.url}/uuid` }, null, NEVER);
    await sendPing(
      { ...PING, url: `${receiver.url}/uuid?create=1` },
      ['full', 'x'.repeat(9999)],
      NEVER,
    );
    const told = receiver.received.map(({ method, path, body }) => [method, path, body.length]);
    expect(told).toEqual([
      ['GET', '/uuid', 0],
      ['POST', '/uuid/fail?create=1', 2000],
    ]);
    expect(receiver.received[1]?.body).toMatch(/^full\nxxx/);
  });
});

describe('a mail', () => {
  const email = (port: number, smtp: Partial<Email['smtp']> = {}): Email => ({
    type: 'email',
    smtp: { host: '127.0.0.1', port, tls: 'none', ...smtp },
    from: 'backup@example.org',
    to: ['ops@example.org', 'anna@example.org'],
    on: ['failure'],
    jobs: ['*'],
  });

  it('comes to all with the message', async () => {
    await using receiver = await createSmtpReceiver();
    await sendEmail(email(receiver.port), MESSAGE, NEVER);
    expect(receiver.lines).toEqual(
      expect.arrayContaining([
        'MAIL FROM:<backup@example.org>',
        'RCPT TO:<ops@example.org>',
        'RCPT TO:<anna@example.org>',
        'Subject: ceph2zfs: vms failed',
        'the pool is full',
      ]),
    );
  });

  it('and its password are not sent without encryption', async () => {
    await using receiver = await createSmtpReceiver();
    const file = secretFile('pass word\n');
    const smtp = { tls: 'starttls', user: 'anna', password_file: file } as const;
    const failure = await failureOf(sendEmail(email(receiver.port, smtp), MESSAGE, NEVER));
    expect(failure).toContain('127.0.0.1 cannot be told');
    const sent = receiver.lines.filter((line) => /^(?:AUTH|MAIL|DATA)/i.test(line));
    expect(sent).toEqual([]);
  });

  describe('with encryption', () => {
    const trusted = getCACertificates('default');
    let certificate: Certificate;
    beforeAll(async () => {
      certificate = await makeCertificate('IP:127.0.0.1');
    });
    afterEach(() => setDefaultCACertificates(trusted));

    /** Sends a mail with a password to a server with this certificate. */
    async function send(begins: 'starttls' | 'tls', own: Certificate) {
      await using receiver = await createSmtpReceiver({ encryption: { begins, certificate: own } });
      const smtp = { tls: begins, user: 'anna', password_file: secretFile('pass word\n') };
      const failure = await failureOf(sendEmail(email(receiver.port, smtp), MESSAGE, NEVER));
      return { failure, lines: [...receiver.lines], plainLines: [...receiver.plainLines] };
    }

    it.each([
      ['starttls', ['EHLO', 'STARTTLS']],
      ['tls', []],
    ] as const)(
      'comes to a server that is trusted, and nobody reads it on its way: %s',
      async (begins, plain) => {
        setDefaultCACertificates([...trusted, certificate.cert]);
        const { failure, lines, plainLines } = await send(begins, certificate);
        expect(failure).not.toContain('notify-failed');
        expect(lines).toContain(
          `AUTH PLAIN ${Buffer.from('\0anna\0pass word').toString('base64')}`,
        );
        expect(lines).toContain('the pool is full');
        expect(plainLines.map((line) => line.split(' ')[0])).toEqual(plain);
      },
    );

    it.each(['starttls', 'tls'] as const)(
      'does not go to one that nobody vouches for: %s',
      async (begins) => {
        const { failure, lines } = await send(begins, certificate);
        expect(failure).toContain('notify-failed');
        expect(failure).toContain('127.0.0.1 cannot be told: self-signed certificate"');
        expect(lines.filter((line) => !/^(?:EHLO|STARTTLS)/.test(line))).toEqual([]);
      },
    );

    it('does not go to one that has the certificate of another', async () => {
      const other = await makeCertificate('DNS:mail.example.org');
      setDefaultCACertificates([...trusted, other.cert]);
      const { failure, lines } = await send('starttls', other);
      expect(failure).toContain("does not match certificate's altnames");
      expect(lines.filter((line) => !/^(?:EHLO|STARTTLS)/.test(line))).toEqual([]);
    });
  });

  it('is not sent with a password that others may read', async () => {
    await using receiver = await createSmtpReceiver();
    const smtp = { user: 'anna', password_file: secretFile('geheim', 0o644) };
    const failure = await failureOf(sendEmail(email(receiver.port, smtp), MESSAGE, NEVER));
    expect(failure).toContain('notify-secret');
    expect(failure).not.toContain('geheim');
    expect(receiver.lines).toEqual([]);
  });

  it('that is refused says so without the words of the server', async () => {
    await using receiver = await createSmtpReceiver({ refuse: '554 anna:secret is not allowed' });
    const failure = await failureOf(sendEmail(email(receiver.port), MESSAGE, NEVER));
    expect(failure).toContain('it answers 554');
    expect(failure).not.toContain('secret');
  });

  it('is given up when its time is over', async () => {
    await using receiver = await createSmtpReceiver();
    const late = AbortSignal.abort();
    const failure = await failureOf(sendEmail(email(receiver.port), MESSAGE, late));
    expect(failure).toContain('ETIMEDOUT');
  });
});
