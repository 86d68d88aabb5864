/** Every way in which the program ends. The same table stands in docs/cli.md. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'All went well. Warnings do not change that.' },
  someFailed: { code: 1, meaning: 'The run ended, and some of its transfers failed.' },
  usage: { code: 2, meaning: 'The command line is wrong: an unknown option, job or command.' },
  config: { code: 3, meaning: 'The configuration is invalid or cannot be read.' },
  unusable: {
    code: 4,
    meaning:
      'The command could not do its work: the cluster or the target is unusable, or the run broke off.',
  },
  busy: {
    code: 5,
    meaning:
      'Another run holds the job or its target, or another command the certificate authority.',
  },
  bug: { code: 70, meaning: 'An error that ceph2zfs does not expect. Please report it.' },
  interrupted: { code: 130, meaning: 'Cancelled by SIGINT (Ctrl-C).' },
  terminated: { code: 143, meaning: 'Cancelled by SIGTERM.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type StopSignal = 'SIGINT' | 'SIGTERM';

export function codeOfSignal(signal: StopSignal): number {
  return EXIT_CODES[signal === 'SIGINT' ? 'interrupted' : 'terminated'].code;
}
