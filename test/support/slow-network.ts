import { onZfs } from './lab.ts';

/**
 * The guest's network card, and what comes in by way of it: only what is sent can wait, so what comes in is sent on to a
 * device that is there for this. The queue (`limit`, packets) holds all that is under way.
 */
const SLOW = `
ip link set ifb0 up
tc qdisc add dev vec0 ingress
tc filter add dev vec0 parent ffff: matchall action mirred egress redirect dev ifb0
for device in vec0 ifb0; do
  tc qdisc add dev "$device" root netem delay "$1" loss "$2" limit 100000
done`;

const FAST = `
for device in vec0 ifb0; do tc qdisc del dev "$device" root || true; done
tc qdisc del dev vec0 ingress || true
ip link set ifb0 down`;

/** A network between the two sides of the lab on which packets take so many milliseconds there and back, and get lost. */
export async function slowNetwork(
  roundTripMs: number,
  lossPercent: number,
): Promise<AsyncDisposable> {
  await inGuest(SLOW, `${roundTripMs / 2}ms`, `${lossPercent}%`);
  return {
    [Symbol.asyncDispose]: async () => {
      await inGuest(FAST);
    },
  };
}

async function inGuest(script: string, ...args: readonly string[]): Promise<void> {
  await onZfs('bash', '-c', `set -euo pipefail; ${script}`, 'network', ...args);
}
