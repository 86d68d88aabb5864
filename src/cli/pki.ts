import { type Command, InvalidArgumentError, Option } from 'commander';
import { printableJson } from '../lib/printable.ts';
import type { Identity } from '../pki/identity.ts';
import { AUTHORITY_DAYS, CERTIFICATE_DAYS } from '../pki/validity.ts';
import { type CliContext, writeLines } from './context.ts';
import {
  certificateLines,
  initLines,
  issuedLines,
  renewedLines,
  revokedLines,
} from './render/pki.ts';

const EXAMPLES = `
Examples:
  ceph2zfs pki init                                        once, on the sink or on a machine of its own
  ceph2zfs pki issue sink backup --address b.example.org   for the sink
  ceph2zfs pki issue client pve-1                          for a machine that pushes
  ceph2zfs pki list                                        what there is, and when it ends
  ceph2zfs pki renew pve-1                                 before it ends
  ceph2zfs pki revoke pve-1                                when its key may be in wrong hands
`;

interface PkiOptions {
  readonly dir: string;
  readonly json?: true;
}

interface TermOptions extends PkiOptions {
  readonly days: number;
}

/** `pki`: certificates for pushes, for those who have no certificate authority. */
export function addPkiCommands(program: Command, context: CliContext): void {
  const pki = program
    .command('pki')
    .description('a small certificate authority of your own, for pushes to a sink')
    .addHelpText('after', EXAMPLES);
  // The library is much to load, and no other command needs it: each action loads what it calls.
  addInit(pki, context);
  addIssue(pki, context);
  addRenew(pki, context);
  addRevoke(pki, context);
  addList(pki, context);
}

function addInit(pki: Command, context: CliContext): void {
  withOptions(pki.command('init'), AUTHORITY_DAYS)
    .description('make a certificate authority')
    .action(async ({ dir, days, json }: TermOptions) => {
      const { initAuthority } = await import('../pki/init.ts');
      const made = await initAuthority({ directory: dir, days, now: Date.now() });
      tell(context, json, made, initLines);
    });
}

function addIssue(pki: Command, context: CliContext): void {
  const issue = pki.command('issue').description('make a certificate and its key');
  const act = async (identity: Identity, { dir, days, json }: TermOptions): Promise<void> => {
    const { issueCertificate } = await import('../pki/issue.ts');
    const options = { directory: dir, days, now: Date.now() };
    tell(context, json, await issueCertificate(identity, options), issuedLines);
  };
  withOptions(issue.command('sink'), CERTIFICATE_DAYS)
    .description('make a certificate for a sink, and its key')
    .argument('<name>', 'its name; clients may connect to it under this name')
    .addOption(
      new Option(
        '--address <host>',
        'a name or IP address under which clients connect to it; may be repeated',
      ).argParser((address, before: readonly string[] | undefined) => [...(before ?? []), address]),
    )
    .action((name: string, options: TermOptions & { readonly address?: readonly string[] }) =>
      act({ role: 'sink', name, addresses: options.address ?? [] }, options),
    );
  withOptions(issue.command('client'), CERTIFICATE_DAYS)
    .description('make a certificate for a machine that pushes, and its key')
    .argument('<name>', 'under which the sink knows it')
    .action((name: string, options: TermOptions) =>
      act({ role: 'client', name, addresses: [] }, options),
    );
}

function addRenew(pki: Command, context: CliContext): void {
  withOptions(pki.command('renew'), CERTIFICATE_DAYS)
    .description('make a newer certificate of a name, with a new key')
    .argument('<name>', 'name of a sink or client')
    .option('--revoke-old', 'revoke the older ones, which else stay valid until they end')
    .action(async (name: string, options: TermOptions & { readonly revokeOld?: true }) => {
      const { dir, days, revokeOld = false, json } = options;
      const { renewCertificate } = await import('../pki/renew.ts');
      const order = { directory: dir, days, revokeOld, now: Date.now() };
      tell(context, json, await renewCertificate(name, order), renewedLines);
    });
}

function addRevoke(pki: Command, context: CliContext): void {
  withOptions(pki.command('revoke'))
    .description('have all certificates of a name refused')
    .argument('<name>', 'name of a sink or client')
    .action(async (name: string, { dir, json }: PkiOptions) => {
      const { revokeName } = await import('../pki/revoke.ts');
      tell(
        context,
        json,
        await revokeName(name, { directory: dir, now: Date.now() }),
        revokedLines,
      );
    });
}

function addList(pki: Command, context: CliContext): void {
  withOptions(pki.command('list'))
    .description('show all certificates, and when they end')
    .action(async ({ dir, json }: PkiOptions) => {
      const { listCertificates } = await import('../pki/list.ts');
      tell(context, json, await listCertificates(dir, Date.now()), certificateLines);
    });
}

/** The options that all of these commands have; those that make a certificate have its days. */
function withOptions(command: Command, days?: number): Command {
  if (days !== undefined)
    command.option('--days <days>', 'for how many days it is valid', wholeNumber, days);
  return command
    .addOption(
      new Option('--dir <directory>', "the authority's directory")
        .env('CEPH2ZFS_PKI')
        .default('/etc/ceph2zfs/pki'),
    )
    .option('--json', 'as JSON');
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no whole number.');
}

function tell<Result>(
  { stdout }: CliContext,
  json: true | undefined,
  result: Result,
  lines: (result: Result) => readonly string[],
): void {
  writeLines(stdout, json ? [printableJson(result, 2)] : lines(result));
}
