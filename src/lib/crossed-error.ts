/** What may cross from one thread to another of an error's own properties. */
type Plain = string | number | bigint | boolean | null;

/** An error as data: classes do not survive the way between threads. */
export interface CrossedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties that are plain, such as `code` or `errno`. */
  readonly properties: Readonly<Record<string, Plain>>;
}

/** Takes an error apart, for the thread that it goes to. */
export function takeApart(error: unknown): CrossedError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, properties: {} };
  }
  const { name, message, stack } = error;
  const own = Object.entries(error).filter(([key, value]) => key !== 'name' && isPlain(value));
  return { name, message, stack, properties: Object.fromEntries(own) };
}

/** An error with the same name, message and properties, though not of the same class. */
export function putTogether({ name, message, stack, properties }: CrossedError): Error {
  const error = Object.assign(new Error(message), properties);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function isPlain(value: unknown): value is Plain {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}
