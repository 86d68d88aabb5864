import { expect } from 'vitest';
import { onCeph, onZfs, targetSnapshots } from './lab.ts';

/**
 * Runs on the ZFS side: mounts the CephFS with the kernel's own client (so no library of Ceph that this program
 * uses takes part) and a snapshot of the target, and lets rsync compare all that it can: names, types, bytes
 * by checksum, owners, modes, times, hard links, ACLs and attributes, but for this program's own records.
 */
const COMPARE = `set -euo pipefail
  key=$1 directory=$2 snapshot=$3 dataset=$4
  mkdir -p /run/judge/source /run/judge/target
  # An MDS that was too busy to report for a while is not asked by the kernel until it has.
  for try in {1..60}; do
    mountpoint -q /run/judge/source && break
    mount -i -t ceph 10.77.0.1:6789:/ /run/judge/source -o "name=admin,secret=$key,ro" && break
    sleep 1
  done
  umount /run/judge/target 2>/dev/null || true
  mount -t zfs -o ro "$dataset@$snapshot" /run/judge/target
  trap 'umount /run/judge/target' EXIT
  rsync -naHAXc --delete --itemize-changes --filter='-x trusted.ceph2zfs*' \\
    "/run/judge/source$directory/.snap/$snapshot/" /run/judge/target/`;

/** A digest of the names, metadata and bytes in a snapshot of the target, to see later that it is what it was. */
const DIGEST = `set -euo pipefail
  mkdir -p /run/judge/older
  umount /run/judge/older 2>/dev/null || true
  mount -t zfs -o ro "$1@$2" /run/judge/older
  trap 'cd /; umount /run/judge/older' EXIT
  cd /run/judge/older
  { find . -printf '%P\\t%y\\t%m\\t%U:%G\\t%T@\\t%s\\t%n\\t%l\\0' | sort -z
    find . -type f -print0 | sort -z | xargs -0 -r sha256sum -b
  } | sha256sum | cut -c 1-64`;

/** Judges the backups of one directory of the lab's CephFS. */
export class TreeJudge {
  readonly #directory: string;
  readonly #dataset: string;
  readonly #digests = new Map<string, string>();
  #key: string | undefined;

  constructor(directory: string, dataset: string) {
    this.#directory = directory;
    this.#dataset = dataset;
  }

  /** The target's newest snapshot is, entry for entry, the source's of the same name. */
  async newestIsExact(): Promise<string> {
    const newest = (await targetSnapshots(this.#dataset)).at(-1);
    if (newest === undefined) throw new Error(`${this.#dataset} has no snapshot`);
    expect(await this.differences(newest)).toBe('');
    this.#digests.set(newest, await this.#digest(newest));
    return newest;
  }

  /** What rsync would have to do to make a snapshot of the target the source's; empty when they are equal. */
  async differences(snapshot: string): Promise<string> {
    this.#key ??= await onCeph('ceph', 'auth', 'get-key', 'client.admin');
    const about = [this.#key, this.#directory, snapshot, this.#dataset];
    return onZfs('bash', '-c', COMPARE, 'judge', ...about);
  }

  /** All snapshots of the target that were once judged still are what they were. */
  async olderAreExact(): Promise<void> {
    for (const [name, digest] of this.#digests) {
      expect(`${name} ${await this.#digest(name)}`).toBe(`${name} ${digest}`);
    }
  }

  #digest(name: string): Promise<string> {
    return onZfs('bash', '-c', DIGEST, 'digest', this.#dataset, name);
  }
}

/** Lets go of all that judges have mounted on the ZFS side, also those of a run that was interrupted. */
export async function dismissJudges(): Promise<void> {
  await onZfs('bash', '-c', 'umount -q /run/judge/{source,target,older} || true');
}
