import { setTimeout as wait } from "node:timers/promises";

/** A call of 10,000 keys answers within a second or two; one that hangs is asked again. */
const ANSWER_MS_MAX = 120_000;
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

export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How often it is asked before it is given up. */
  readonly triesMax: number;
}

interface World {
  /** Ends what is being asked or waited for. */
  readonly signal: AbortSignal;
  readonly onWait: (trouble: string, waitMs: number) => void;
}

/** Asks a shop's admin API, and again where that may help. Every call of ours bears being repeated. */
export class AdminApi {
  readonly #address: ShopAddress;
  readonly #world: World;

  constructor(address: ShopAddress, world: World) {
    this.#address = address;
    this.#world = world;
  }

  /** The answer as JSON. Throws ShopRefused, ShopAway, and an AbortError where it was ended. */
  async ask<Answer>(call: Call): Promise<Answer> {
    const { signal, onWait } = this.#world;
    for (let tries = 1; ; tries++) {
      const heard = await this.#try<Answer>(call);
      if ("answer" in heard) return heard.answer;
      if (tries >= call.triesMax) throw new ShopAway(`${this.#address.origin}: ${heard.trouble}`);
      const backOffMs = Math.min(WAIT_MS_MAX, WAIT_BASE_MS * 2 ** (tries - 1));
      // Half of it by chance: calls that were refused together do not come back together.
      const waitMs = Math.max(heard.retryAfterMs, backOffMs * (0.5 + Math.random() / 2));
      onWait(heard.trouble, waitMs);
      await wait(waitMs, undefined, { signal });
    }
  }

  /** What the shop said, or why it may be asked again. */
  async #try<Answer>(call: Call): Promise<Heard<Answer>> {
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(call);
      text = await response.text();
      if (response.ok) return { answer: JSON.parse(text) as Answer };
    } catch (error) {
      if (this.#world.signal.aborted) throw error;
      return { trouble: reasonOf(error), retryAfterMs: 0 };
    }
    const trouble = problemOf(response.status, text);
    if (!AGAIN.has(response.status)) throw new ShopRefused(response.status, trouble);
    const seconds = Number(response.headers.get("retry-after")) || 0;
    return { trouble, retryAfterMs: Math.min(1000 * seconds, RETRY_AFTER_MS_MAX) };
  }

  #fetch({ method, path, headers, body }: Call): Promise<Response> {
    const { origin, token, merchant } = this.#address;
    const own = merchant === null ? {} : { "kamidrop-merchant": merchant };
    return fetch(`${origin}/admin/api/v1${path}`, {
      method,
      headers: { ...headers, ...own, authorization: `Bearer ${token}` },
      body: body ?? null,
      signal: AbortSignal.any([this.#world.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
  }
}

type Heard<Answer> =
  | { readonly answer: Answer }
  | { readonly trouble: string; readonly retryAfterMs: number };

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
