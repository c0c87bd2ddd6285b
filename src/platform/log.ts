/**
 * Structured logs, one JSON object a line. Fields are facts (ids, counts, codes), never contents:
 * no key, no token, no address, no body.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

type Level = "info" | "warn" | "error";

export function log(level: Level, event: string, fields: LogFields = {}): void {
  // The one place that writes to the console: Workers Logs parses the line.
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** What an unexpected error may say in a log: its name, message and stack, and its cause's. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? withoutParams(error.cause.message) : undefined;
  const { name, message, stack } = error;
  return {
    error: name,
    message: withoutParams(message),
    stack: stack && withoutParams(stack),
    cause,
  };
}

/** Drizzle's errors quote all that was bound to the query: an address, a token's hash, a body. */
function withoutParams(text: string): string {
  return text.replace(/\nparams:[\s\S]*?(?=\n {4}at |$)/g, "");
}
