import { z } from 'zod';
import { parseSelectPattern } from '../lib/select.ts';
import { choice, field, integer, text } from './field.ts';
import { absolutePath } from './names.ts';
import { variants } from './variants.ts';

const TYPE = 'How it is told.';

const httpUrl = text('URL', 'a URL with http:// or https://', (value) => {
  const url = URL.parse(value);
  if (url === null) return 'is no URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'is no URL of http or https';
  // Else it would be in every copy of the configuration.
  return url.username === '' && url.password === '' ? null : 'has a user or a password in it';
});

const hostName = text('host', 'the name or the IP address of a machine', (value) =>
  /^[A-Za-z0-9.:_-]+$/.test(value) ? null : `${JSON.stringify(value)} cannot be a host`,
);

/** Nothing that could end a header of a mail. */
const mailAddress = text('address', 'an address such as backup@example.org', (value) =>
  /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(value) ? null : `${JSON.stringify(value)} is no address`,
);

const userName = text('name', 'a name without spaces', (value) =>
  /^[\x21-\x7e]+$/.test(value) ? null : 'contains spaces or characters that are not ASCII',
);

const jobPattern = text(
  'pattern',
  'the name of a job, with *, ? or [a-z] in it; a leading "!" leaves out',
  (value) => {
    const result = parseSelectPattern(value);
    return result.ok ? null : `${JSON.stringify(value)}: ${result.problem}`;
  },
);

const ON = z
  .array(field(choice(['failure', 'recovery', 'rpo']), 'What is told.'))
  .min(1)
  .readonly()
  .prefault(['failure', 'recovery', 'rpo'])
  .meta({
    kind: 'list of words',
    description:
      'What is told: `failure`, that a run failed, once until one succeeds, and once a day; `recovery`, that one succeeded again; `rpo`, that sources miss the `rpo` of their job, once until all meet it.',
  });

const JOBS = z
  .array(field(jobPattern, 'A pattern.'))
  .min(1)
  .readonly()
  .prefault(['*'])
  .describe(
    'Patterns on the names of the jobs that are told of; the last one that matches decides.',
  );

const Webhook = z
  .strictObject({
    type: field(choice(['webhook']), TYPE),
    url: field(httpUrl, 'Where it is sent to (POST) as JSON. Redirects are not followed.'),
    headers_file: field(
      absolutePath,
      'File with further headers, such as a token, as lines `Name: value`. Others may not be able to read it.',
    ).optional(),
    on: ON,
    jobs: JOBS,
  })
  .readonly();

const Smtp = z
  .strictObject({
    host: field(hostName, 'Mail server.'),
    port: field(integer(1, 65_535), 'Port of the mail server.').prefault(587),
    tls: field(
      choice(['starttls', 'tls', 'none']),
      '`starttls` begins without encryption and demands it; `tls` is encrypted from the start, most often on port 465; `none` is neither.',
    ).prefault('starttls'),
    user: field(userName, 'User at the mail server.').optional(),
    password_file: field(
      absolutePath,
      'File with the password of the user. Others may not be able to read it.',
    ).optional(),
  })
  .superRefine(checkPassword)
  .readonly()
  .describe('How mail is sent.');

/** What could not be read is there all the same. */
function checkPassword(
  smtp: {
    readonly tls: unknown;
    readonly user?: string | undefined;
    readonly password_file?: string | undefined;
  },
  context: z.core.$RefinementCtx,
): void {
  const { tls, user, password_file: file } = smtp;
  const add = (path: string, message: string, allowed: string): void =>
    context.addIssue({ code: 'custom', message, path: [path], params: { at: 'key', allowed } });
  if (user !== undefined && file === undefined) {
    add('user', 'has no meaning without password_file', 'both or neither');
  }
  if (file === undefined) return;
  if (user === undefined) {
    add('password_file', 'has no meaning without user', 'both or neither');
  }
  if (tls === 'none') {
    add('password_file', 'would be sent without encryption', 'with `tls: starttls` or `tls: tls`');
  }
}

const Email = z
  .strictObject({
    type: field(choice(['email']), TYPE),
    smtp: Smtp,
    from: field(mailAddress, 'Sender.'),
    to: z
      .array(field(mailAddress, 'An address.'))
      .min(1)
      .readonly()
      .meta({ description: 'Who gets it.', kind: 'list of addresses' }),
    on: ON,
    jobs: JOBS,
  })
  .readonly();

const Ping = z
  .strictObject({
    type: field(choice(['ping']), TYPE),
    url: field(
      httpUrl,
      'Asked for (GET) after each run that succeeded, as healthchecks.io wants it; with `/fail` at its end (POST) after each that failed, with the beginning of the error.',
    ),
    jobs: JOBS,
  })
  .readonly();

export const Notifications = z
  .array(variants('notification', ['type'], { webhook: Webhook, email: Email, ping: Ping }))
  .readonly()
  .prefault([])
  .describe('Whom the daemon tells what goes wrong. Nothing that is sent can stop a backup.');

export type Webhook = z.infer<typeof Webhook>;
export type Email = z.infer<typeof Email>;
export type Ping = z.infer<typeof Ping>;
/** Somebody who is told. */
export type Notification = Webhook | Email | Ping;
