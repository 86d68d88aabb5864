import { setTimeout as sleep } from 'node:timers/promises';
import { GUEST_ADDRESS as GUEST, onCeph } from './lab.ts';
import { slowNetwork } from './slow-network.ts';

/** How the network between the two sides of the lab fails. */
export const CUTS = ['down', 'blackhole', 'reset', 'slow'] as const;
export type Cut = (typeof CUTS)[number];

const HOST = '10.77.0.1';

/** Another machine than the guest: what is sent to it, nobody takes. */
const NOBODY = '02:c2:2f:5a:00:99';

/** Lets the network fail for a time, and resolves when it is as it was. */
export async function cutNetwork(how: Cut, ms: number): Promise<void> {
  const seconds = String(ms / 1000);
  switch (how) {
    // The cluster's address goes with the interface, and has to be somewhere else meanwhile.
    case 'down':
      await onHost(
        `ip address replace ${HOST}/32 dev lo; ip link set zl0 down; sleep "$1"; ip link set zl0 up`,
        seconds,
      );
      return;
    // Packets to the sink vanish, and nobody is told.
    case 'blackhole':
      await onHost(
        `ip neigh replace ${GUEST} lladdr ${NOBODY} dev zl0 nud permanent; sleep "$1"; ip neigh del ${GUEST} dev zl0`,
        seconds,
      );
      return;
    // Every connection ends at once, also those that are opened anew meanwhile.
    case 'reset': {
      const until = Date.now() + ms;
      do {
        await onHost(`ss -K dst ${GUEST} dport = 8470 >/dev/null`);
        await sleep(500);
      } while (Date.now() < until);
      return;
    }
    // Everything arrives, but late, and some of it only when it was sent again.
    case 'slow': {
      await using _ = await slowNetwork(200, 1);
      await sleep(ms);
      return;
    }
  }
}

async function onHost(script: string, ...args: readonly string[]): Promise<void> {
  await onCeph('bash', '-c', `set -euo pipefail; ${script}`, 'cut', ...args);
}
