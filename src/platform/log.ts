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

/** One line of a kind in so long. */
const EVERY_MS = 1_000;
const KINDS_MAX = 100;

/**
 * Warnings that come by the thousand when they come: one line a second of each kind, with how many were
 * left out before it. In overload each line would be one more thing to do, and be paid for.
 */
export class RareLog {
  readonly #told = new Map<string, { atMs: number; silent: number }>();

  /** `fields` is asked only if the line is written. */
  warn(event: string, kind: string, nowMs: number, fields: () => LogFields): void {
    const last = this.#told.get(kind);
    if (last !== undefined && nowMs - last.atMs < EVERY_MS && nowMs >= last.atMs) {
      last.silent++;
      return;
    }
    if (this.#told.size >= KINDS_MAX) this.#told.clear();
    this.#told.set(kind, { atMs: nowMs, silent: 0 });
    log("warn", event, { ...fields(), left_out: last?.silent ?? 0 });
  }
}
