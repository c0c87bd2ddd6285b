import { setTimeout as wait } from "node:timers/promises";
import { lineOf, type Part } from "./parts.ts";
import type { PartDone } from "./journal.ts";

/** A call of 10,000 keys answers within a second or two; one that hangs is asked again. */
const ANSWER_MS_MAX = 120_000;
const TRIES_MAX = 10;
/** Of a look before anything was sent: an address that is wrong is not asked for minutes. */
const LOOKS_MAX = 3;
const WAIT_BASE_MS = 500;
const WAIT_MS_MAX = 30_000;
/** A shop that asks for more patience is asked again all the same. */
const RETRY_AFTER_MS_MAX = 300_000;
/** The shop itself is in trouble, or too busy: the same call may be sent again. */
const AGAIN = new Set([429, 500, 502, 503, 504]);

export interface ShopAddress {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly token: string;
  /** Slug or id of the merchant to act for; null: the token's own. */
  readonly merchant: string | null;
}

/** What the shop will not do however often it is asked, in its own words. */
export class ShopRefused extends Error {
  override readonly name = "ShopRefused";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The shop did not answer, or only that it cannot now, for as long as it was asked. */
export class ShopAway extends Error {
  override readonly name = "ShopAway";
}

interface ImportAnswer {
  readonly batch_id: string;
  readonly accepted: number;
  readonly duplicates: readonly { line: number; first_line?: number }[];
  readonly rejected: readonly { line: number; reason: string }[];
  readonly available: number;
}

export interface PartAnswer {
  readonly done: PartDone;
  /** Free keys of the product after it. */
  readonly available: number;
}

export interface SendOptions {
  readonly product: string;
  readonly csv: boolean;
  readonly label: string | null;
  readonly dryRun: boolean;
  readonly idempotencyKey: string;
}

export interface Product {
  readonly id: string;
  readonly title: string;
}

/** The admin API as an import needs it. A second Ctrl-C aborts `signal`, and with it what is asked. */
export class Shop {
  readonly #address: ShopAddress;
  readonly #signal: AbortSignal;
  readonly #onWait: (reason: string, waitMs: number) => void;

  constructor(
    address: ShopAddress,
    signal: AbortSignal,
    onWait: (reason: string, waitMs: number) => void,
  ) {
    this.#address = address;
    this.#signal = signal;
    this.#onWait = onWait;
  }

  product(idOrSlug: string): Promise<Product> {
    return this.#look<Product>(`/products/${encodeURIComponent(idOrSlug)}`);
  }

  stock(idOrSlug: string): Promise<Record<string, unknown>> {
    return this.#look(`/products/${encodeURIComponent(idOrSlug)}/stock`);
  }

  /** Gives a part to the pool. Its idempotency key makes a second try the first. */
  async send(part: Part, options: SendOptions): Promise<PartAnswer> {
    const query = new URLSearchParams({
      ...(options.label === null ? {} : { batch: options.label }),
      ...(options.dryRun ? { dry_run: "1" } : {}),
    });
    const path = `/products/${encodeURIComponent(options.product)}/keys?${query}`;
    const headers = {
      "content-type": options.csv ? "text/csv" : "text/plain",
      "idempotency-key": options.idempotencyKey,
    };
    const call: Call = { method: "POST", headers, body: part.text };
    const answer = await this.#ask<ImportAnswer>(path, call, TRIES_MAX);
    return { done: doneOf(part, answer), available: answer.available };
  }

  #look<Answer>(path: string): Promise<Answer> {
    return this.#ask<Answer>(path, { method: "GET", headers: {} }, LOOKS_MAX);
  }

  async #ask<Answer>(path: string, call: Call, triesMax: number): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const heard = await this.#try(path, call);
      if ("text" in heard) return JSON.parse(heard.text) as Answer;
      if (tries >= triesMax) throw new ShopAway(`${this.#address.origin}: ${heard.trouble}`);
      const backOffMs = Math.min(WAIT_MS_MAX, WAIT_BASE_MS * 2 ** (tries - 1));
      // Half of it by chance: parts that were refused together do not come back together.
      const waitMs = Math.max(heard.retryAfterMs, backOffMs * (0.5 + Math.random() / 2));
      this.#onWait(heard.trouble, waitMs);
      await wait(waitMs, undefined, { signal: this.#signal });
    }
  }

  /** What the shop said, or why it may be asked again. */
  async #try(path: string, { method, headers, body }: Call): Promise<Heard> {
    const { origin, token, merchant } = this.#address;
    const own = merchant === null ? {} : { "kamidrop-merchant": merchant };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${origin}/admin/api/v1${path}`, {
        method,
        headers: { ...headers, ...own, authorization: `Bearer ${token}` },
        body: body ?? null,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
      });
      text = await response.text();
    } catch (error) {
      if (this.#signal.aborted) throw error;
      return { trouble: reasonOf(error), retryAfterMs: 0 };
    }
    if (response.ok) return { text };
    const trouble = problemOf(response.status, text);
    if (!AGAIN.has(response.status)) throw new ShopRefused(response.status, trouble);
    const seconds = Number(response.headers.get("retry-after")) || 0;
    return { trouble, retryAfterMs: Math.min(1000 * seconds, RETRY_AFTER_MS_MAX) };
  }
}

interface Call {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}
type Heard =
  | { readonly text: string }
  | { readonly trouble: string; readonly retryAfterMs: number };

/** The shop counts records within the call; here they get the lines of the file. */
function doneOf(part: Part, answer: ImportAnswer): PartDone {
  return {
    part: part.number,
    digest: part.digest,
    batch_id: answer.batch_id,
    records: part.lines.length,
    last_line: part.lines.at(-1) ?? 0,
    accepted: answer.accepted,
    duplicates: answer.duplicates.map(({ line, first_line: first }) => [
      lineOf(part, line),
      first === undefined ? null : lineOf(part, first),
    ]),
    rejected: answer.rejected.map(({ line, reason }) => [lineOf(part, line), reason]),
  };
}

/** RFC 9457: what was wrong, and where. */
function problemOf(status: number, text: string): string {
  try {
    const problem = JSON.parse(text) as {
      title?: string;
      detail?: string;
      code?: string;
      errors?: { path: string; message: string }[];
    };
    const errors = problem.errors?.map(({ path, message }) => `${path}: ${message}`) ?? [];
    const words = [problem.title, problem.detail, ...errors].filter(Boolean).join(" ");
    if (words !== "") return `${words} (${status} ${problem.code ?? ""})`.replace(" )", ")");
  } catch {
    // Not a problem of ours: a proxy's page, or nothing.
  }
  return `HTTP ${status}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}
