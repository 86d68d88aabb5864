import type { Sink } from '../config/sink.ts';
import { type ErrorReport, reportError } from '../core/errors.ts';

type Clients = Sink['clients'];

/** Checks the dataset of a client, and sets its quota. Throws what is wrong with it. */
export type Prepare = (client: Clients[string], signal: AbortSignal) => Promise<void>;

/** Sees to it that the clients' datasets are what the configuration says. */
export interface Datasets extends AsyncDisposable {
  readonly problems: readonly ErrorReport[];
  /** Goes on with these clients: looks at all their datasets. Never throws. */
  set(clients: Clients): Promise<void>;
  /** Looks again at those with which something was wrong. Never throws. */
  lookAgain(): Promise<void>;
}

export function createDatasetKeeper(prepare: Prepare): Datasets {
  const controller = new AbortController();
  const problems = new Map<string, unknown>();
  let clients: Clients = {};
  let last = Promise.resolve();

  function inOrder(work: () => Promise<void>): Promise<void> {
    last = last.then(work);
    return last;
  }

  async function look(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const client = Object.hasOwn(clients, name) ? clients[name] : undefined;
      if (client === undefined || controller.signal.aborted) continue;
      try {
        await prepare(client, controller.signal);
        problems.delete(name);
      } catch (error) {
        problems.set(name, error);
      }
    }
  }

  return {
    get problems() {
      return [...problems].map(([name, error]) => {
        const report = reportError(error);
        return { ...report, message: `the client ${name} cannot push: ${report.message}` };
      });
    },
    set: (next) =>
      inOrder(async () => {
        clients = next;
        for (const name of problems.keys()) {
          if (!Object.hasOwn(next, name)) problems.delete(name);
        }
        await look(Object.keys(next));
      }),
    lookAgain: () => inOrder(() => look([...problems.keys()])),
    async [Symbol.asyncDispose]() {
      controller.abort(new Error('the sink ends'));
      await last;
    },
  };
}
