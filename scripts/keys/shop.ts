import type { AdminApi } from "./admin-api.ts";
import type { PartDone } from "./journal.ts";
import { lineOf, type Part } from "./parts.ts";

/** Some minutes: a shop that is restarted or too busy is back by then. */
const TRIES_MAX = 10;
/** Of a look before anything was sent: an address that is wrong is not asked for minutes. */
const LOOKS_MAX = 3;

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

/** The admin API as this command needs it. */
export class Shop {
  readonly #api: AdminApi;

  constructor(api: AdminApi) {
    this.#api = api;
  }

  product(idOrSlug: string): Promise<Product> {
    return this.#look<Product>(pathOf(idOrSlug));
  }

  stock(idOrSlug: string): Promise<Record<string, unknown>> {
    return this.#look(`${pathOf(idOrSlug)}/stock`);
  }

  /** Gives a part to the pool. Its idempotency key makes a second try the first. */
  async send(part: Part, options: SendOptions): Promise<PartAnswer> {
    const { product, csv, label, dryRun, idempotencyKey } = options;
    const query = new URLSearchParams({
      ...(label === null ? {} : { batch: label }),
      ...(dryRun ? { dry_run: "1" } : {}),
    });
    const answer = await this.#api.ask<ImportAnswer>({
      method: "POST",
      path: `${pathOf(product)}/keys?${query}`,
      headers: {
        "content-type": csv ? "text/csv" : "text/plain",
        "idempotency-key": idempotencyKey,
      },
      body: part.text,
      triesMax: TRIES_MAX,
    });
    return { done: doneOf(part, answer), available: answer.available };
  }

  #look<Answer>(path: string): Promise<Answer> {
    return this.#api.ask<Answer>({ method: "GET", path, headers: {}, triesMax: LOOKS_MAX });
  }
}

function pathOf(product: string): string {
  return `/products/${encodeURIComponent(product)}`;
}

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
