/** How long until what failed is tried again, in milliseconds. */
const AGAIN_MS = 60_000;

/** Something that is to be open, and is as soon as that is possible. */
export interface KeptOpen extends AsyncDisposable {
  /** Why it is not; null when it is. */
  readonly problem: unknown;
}

/** Opens something; when that fails, from time to time again until it succeeds. `onProblem` is called the first time. */
export async function keepTrying(
  open: () => Promise<AsyncDisposable>,
  onProblem: (error: unknown) => void,
  againMs = AGAIN_MS,
): Promise<KeptOpen> {
  let problem: unknown = null;
  let opened: AsyncDisposable | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  async function attempt(): Promise<void> {
    try {
      opened = await open();
      problem = null;
    } catch (error) {
      if (problem === null) onProblem(error);
      problem = error;
      timer = setTimeout(() => {
        trying = attempt();
      }, againMs).unref();
    }
    if (isOver) clearTimeout(timer);
  }

  let trying = attempt();
  await trying;
  return {
    get problem() {
      return problem;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearTimeout(timer);
      await trying;
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
