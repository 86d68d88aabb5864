import type { Command } from 'commander';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { BUILT_AT } from './place.ts';

/** The manual page, of what the commands say of themselves. */
export function manualPage(program: Command): string {
  const date = new Date(BUILT_AT * 1000).toISOString().slice(0, 10);
  const codes = Object.values(EXIT_CODES).map(({ code, meaning }) => item(String(code), meaning));
  return [
    `.TH CEPH2ZFS 1 ${date} "ceph2zfs ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    'ceph2zfs \\- back up Ceph to ZFS',
    '.SH SYNOPSIS',
    `\\fBceph2zfs\\fR ${escape(program.usage())}`,
    '.SH DESCRIPTION',
    escape(program.description()),
    '.SH COMMANDS',
    ...program.commands.flatMap((each) => commands(each, program.name())),
    '.SH EXIT STATUS',
    ...codes,
    '.SH FILES',
    item('/etc/ceph2zfs/config.yaml', 'The configuration. /usr/share/doc/ceph2zfs has examples.'),
    '.SH SEE ALSO',
    '\\fBceph2zfs COMMAND \\-\\-help\\fR, /usr/share/doc/ceph2zfs, \\fBzfs\\fR(8), \\fBrbd\\fR(8)',
    '',
  ].join('\n');
}

/** A command, or those that it consists of. */
function commands(of: Command, above: string): string[] {
  const name = `${above} ${of.name()}`;
  return of.commands.length === 0
    ? [command(of, name)]
    : of.commands.flatMap((each) => commands(each, name));
}

function command(of: Command, name: string): string {
  const options = of.options.filter(({ hidden }) => !hidden);
  return [
    `.SS ${escape(`${name} ${of.usage()}`)}`,
    escape(of.description()),
    ...of.registeredArguments.map((argument) => item(argument.name(), argument.description)),
    ...options.map(({ flags, description }) => item(flags, description)),
  ].join('\n');
}

function item(term: string, text: string): string {
  return `.TP\n\\fB${escape(term)}\\fR\n${escape(text)}`;
}

/** Text for troff: nothing in it is a request, and hyphens can be copied. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
