import { basename, dirname, join } from 'node:path';
import { type Column, formatTable } from '../../lib/columns.ts';
import { printable } from '../../lib/printable.ts';
import type { Issued } from '../../pki/add-certificate.ts';
import type { NewAuthority } from '../../pki/init.ts';
import type { Listed } from '../../pki/list.ts';
import type { Revoked } from '../../pki/revoke.ts';
import { count } from './words.ts';

/** Where the machines that use certificates are told to have them. */
const TLS_FOLDER = '/etc/ceph2zfs/tls';

const PUBLIC = '0644';
const PRIVATE = '0600';

/** What to know of a new authority, and what comes next. */
export function initLines({ certificate, key, notAfter }: NewAuthority): string[] {
  return [
    `made a certificate authority in ${printable(dirname(certificate))}, valid until ${day(notAfter)}`,
    `Whoever has ${printable(key)} can make certificates that your sinks accept: keep it secret, and back the directory up.`,
    'Next: ceph2zfs pki issue sink NAME --address HOST, then ceph2zfs pki issue client NAME',
  ];
}

/** What to do with a new certificate: which files go where. */
export function issuedLines(issued: Issued): string[] {
  const { role, name, authority, revocationList } = issued;
  return [
    `issued a certificate of the ${role} ${name}, ${untilText(issued)}`,
    '',
    copyText(issued),
    ...copyTable([...ownFiles(issued), [authority, PUBLIC], [revocationList, PUBLIC]]),
  ];
}

/** What to do with a newer certificate: what its machine has to know otherwise stays as it is. */
export function renewedLines(issued: Issued): string[] {
  const { role, name, revoked } = issued;
  const old =
    revoked.length === 0 ? ['Older ones stay valid until they end.'] : revokedLines(issued);
  return [
    `issued a newer certificate of the ${role} ${name}, ${untilText(issued)}`,
    '',
    copyText(issued),
    ...copyTable(ownFiles(issued)),
    '',
    ...old,
  ];
}

/** What was revoked, and who has to know. */
export function revokedLines({ role, name, revoked, revocationList }: Revoked): string[] {
  const what =
    revoked.length === 0
      ? `all certificates of ${name} were revoked before; the list was made anew`
      : `revoked ${count(revoked.length, 'certificate')} of ${name}: ${revoked.join(', ')}`;
  const who = role === 'sink' ? 'machine that pushes to it' : 'sink';
  return [
    what,
    '',
    `Copy the list to each ${who}: what is revoked is refused from then on, and not before.`,
    ...copyTable([[revocationList, PUBLIC]]),
  ];
}

/** All certificates as a table, those that end first at the top, revoked and expired ones at the end. */
export function certificateLines(certificates: readonly Listed[]): string[] {
  if (certificates.length === 0) return ['no certificates'];
  const rows = certificates
    .toSorted((a, b) => rankOf(a) - rankOf(b) || a.notAfter - b.notAfter)
    .map((each) => [
      printable(each.name),
      each.role,
      each.state,
      day(each.notAfter),
      each.state === 'valid' ? String(each.daysLeft) : '-',
      each.serial,
      each.addresses.map(printable).join(' '),
    ]);
  return formatTable(LIST_COLUMNS, rows);
}

const LIST_COLUMNS: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'ROLE', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'UNTIL', align: 'left' },
  { title: 'DAYS LEFT', align: 'right' },
  { title: 'SERIAL', align: 'left' },
  { title: 'ADDRESSES', align: 'left' },
];

const COPY_COLUMNS: readonly Column[] = [
  { title: 'FROM', align: 'left' },
  { title: 'TO', align: 'left' },
  { title: 'MODE', align: 'left' },
];

function rankOf({ state }: Listed): number {
  return ['valid', 'expired', 'revoked'].indexOf(state);
}

function untilText({ notAfter, isShortened }: Issued): string {
  return `valid until ${day(notAfter)}${isShortened ? ', when its authority ends' : ''}`;
}

function copyText({ role, name }: Issued): string {
  const where = role === 'sink' ? 'the sink' : `the machine that pushes as ${name}`;
  return `Copy to ${where}, then remove the key here:`;
}

type File = readonly [from: string, mode: string];

function ownFiles({ certificate, key }: Issued): readonly File[] {
  return [
    [certificate, PUBLIC],
    [key, PRIVATE],
  ];
}

function copyTable(files: readonly File[]): string[] {
  const rows = files.map(([from, mode]) => [printable(from), inPlace(from), mode]);
  return formatTable(COPY_COLUMNS, rows).map((line) => `  ${line}`);
}

/** Where a file is on the machine that uses it. */
function inPlace(path: string): string {
  return join(TLS_FOLDER, basename(path));
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
