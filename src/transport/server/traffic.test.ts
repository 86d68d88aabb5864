import { expect, it } from 'vitest';
import { Traffic } from './traffic.ts';

/** A transfer in a world in which time passes when a test says so. */
function world() {
  let now = 0;
  const totals = { bytesReceived: 0 };
  return {
    totals,
    traffic: new Traffic(totals, () => now),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it('waits for its client as long as nothing goes on', () => {
  const { traffic, pass } = world();
  pass(5);
  expect(traffic.waited()).toEqual({ source: 5, network: 0, target: 0 });
});

it('waits for the target while requests are worked at, but for the network while data arrives', () => {
  const { traffic, pass } = world();
  const [endFirst, endSecond] = [traffic.begin('working'), traffic.begin('working')];
  expect(traffic.requests).toBe(2);
  pass(1);
  const arrived = traffic.begin('arriving');
  pass(10);
  arrived();
  endFirst();
  pass(100);
  endSecond();
  pass(1000);
  expect(traffic.waited()).toEqual({ source: 1000, network: 10, target: 101 });
});

it('waits for the target while data is there for which no buffer is free', () => {
  const { traffic, pass } = world();
  traffic.begin('arriving');
  const endBlock = traffic.begin('blocked');
  pass(3);
  endBlock();
  pass(4);
  expect(traffic.waited()).toEqual({ source: 0, network: 4, target: 3 });
});

it('counts what came for all transfers of its client, too', () => {
  const { traffic, totals } = world();
  const other = new Traffic(totals);
  traffic.receive(3);
  other.receive(4);
  expect([traffic.bytesReceived, other.bytesReceived, totals.bytesReceived]).toEqual([3, 4, 7]);
});
