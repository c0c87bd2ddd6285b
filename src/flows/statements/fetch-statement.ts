import type { Author } from "../../domain/audit.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { StatementFlaw } from "../../domain/statements/tally.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { Pace } from "./compare-pages.ts";
import {
  compareParts,
  type Compared,
  type ComparePorts,
  type StatementParts,
} from "./compare-statement.ts";
import type { GatewayUnavailable, PaymentGateway } from "../payments/payment-ports.ts";
import type { StatementRun } from "./statement-ports.ts";

const AGAIN_SECONDS = 60;

/** What an invocation does of statements: of D1's thousand statements a page takes seven at most. */
export const FETCH_PAGES_MAX = 50;

export type FetchRefusal =
  | StatementFlaw
  | { readonly reason: "under_way" }
  /** Its books are only to be had by hand. */
  | { readonly reason: "unsupported" }
  /** In the gateway's own word. */
  | { readonly reason: "gateway_refused"; readonly answer: string }
  | { readonly reason: "unavailable"; readonly because: GatewayUnavailable };

export interface Fetching {
  readonly gateway: PaymentGateway;
  /** What another invocation began; null: this one begins. */
  readonly from: StatementParts["from"];
  readonly pace: Pace;
}

/**
 * The statement of a day by the gateway's API, compared like a file that is sent: as much of it as the pace allows,
 * the rest by whoever claims it next. Throws Unavailable where the gateway breaks off before anything was kept.
 */
export async function fetchStatement(
  ports: ComparePorts,
  author: Author,
  run: StatementRun,
  { gateway, from, pace }: Fetching,
): Promise<Result<Compared, FetchRefusal>> {
  const { day, fromMs, toMs } = run;
  const ask = (cursor: string | null) => gateway.statement?.({ day, fromMs, toMs, from: cursor });
  const cursor = from?.place?.cursor ?? null;
  // Asked before anything is begun: what a gateway refuses leaves nothing.
  const first = await ask(cursor);
  if (first === undefined) return err({ reason: "unsupported" });
  if (first.kind === "refused") return err({ reason: "gateway_refused", answer: first.reason });
  if (first.kind === "unavailable") return err({ reason: "unavailable", because: first });
  const at = async (asked: string | null) => {
    if (asked === cursor) return first;
    const part = await ask(asked);
    if (part?.kind === "file") return part;
    const seconds = part?.kind === "unavailable" ? part.retryAfterSeconds : null;
    throw new Unavailable("gateway", seconds ?? AGAIN_SECONDS);
  };
  const compared = await compareParts(ports, author, run, { at, from, pace });
  return compared.ok ? ok(compared.value) : compared;
}
