import { ID_BYTES, newId, type AccountId } from "../../../domain/ids.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import { compareStatement, type Compared } from "../../../flows/statements/compare-statement.ts";
import type { StatementRun } from "../../../flows/statements/statement-ports.ts";
import { statementRun } from "../../../flows/statements/statement-run.ts";
import type { FetchRefusal } from "../../../flows/statements/fetch-statement.ts";
import { problem, Refused } from "../../problem.ts";
import { author, type AdminContext } from "../admin-env.ts";
import { reconciliationJson } from "./reconciliation-json.ts";

interface AskedRun extends Pick<StatementRun, "day" | "origin" | "accountChecked"> {
  readonly accountId: AccountId;
}

/** A run for this merchant's account; null where no statement of its gateway can be read. */
export async function startedRun(
  c: AdminContext,
  { accountId, ...asked }: AskedRun,
): Promise<StatementRun | null> {
  const { deps, merchantId } = c.var;
  const account = await deps.paymentAccountBook.byId(accountId);
  if (account?.merchantId !== merchantId) throw new Refused("not_found");
  const run = statementRun(account, {
    ...asked,
    id: newId("statement", deps.entropy.bytes(ID_BYTES)),
    accountNumber: (await deps.paymentAccounts.account(accountId))?.gateway.accountNumber,
    startedAtMs: deps.clock.nowMs(),
  });
  if (run.ok) {
    const reason = unfitDay(run.value);
    if (reason !== null) throw new Refused("statement_unfit", { reason });
    return run.value;
  }
  if (run.error === "unsupported") return null;
  throw new Refused("invalid_query", { errors: [{ path: "day", message: "not a day" }] });
}

const YEARS_BACK_MS = 10 * 366 * 86_400_000;

/**
 * Why no statement can be of that day, on its gateway's calendar. One may be of a day that goes on, as far as it
 * went: the next one of that day takes its place, and until it is over the day is not called explained.
 */
function unfitDay({ origin, fromMs, startedAtMs }: StatementRun): string | null {
  if (fromMs > startedAtMs) return "day_not_begun";
  if (origin !== "fetched") return null;
  return fromMs < startedAtMs - YEARS_BACK_MS ? "day_too_old" : null;
}

/** The report of a file that was sent. */
export async function comparedAnswer(
  c: AdminContext,
  run: StatementRun,
  file: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const compared = await compareStatement(c.var.deps, author(c), run, file);
  return compared.ok ? reportAnswer(c, compared.value) : refusedAnswer(c, compared.error);
}

const STATUS = { made: 201, repeated: 200, paused: 202 } as const;

/** 201 of a new report, 200 of one that is known, 202 where another invocation goes on with it. */
export async function reportAnswer(c: AdminContext, { id, outcome }: Compared): Promise<Response> {
  const { deps, merchantId } = c.var;
  const record = await deps.statementReports.byId(merchantId, id);
  if (record === null) throw new Error("a comparison is gone");
  const found = await deps.statementReports.found([id]);
  const headers = { location: `/admin/api/v1/reconciliations/${id}` };
  return c.json(reconciliationJson(c, record, found), STATUS[outcome], headers);
}

const AGAIN_SECONDS = 60;

/** Why there is none, in the words of HTTP. */
export function refusedAnswer(c: AdminContext, refusal: FetchRefusal): Response {
  switch (refusal.reason) {
    case "unsupported":
      return problem(c, "statement_unsupported");
    case "under_way":
      return problem(c, "statement_under_way");
    case "unavailable": {
      const { reason: answer, retryAfterSeconds } = refusal.because;
      if (answer !== "credentials") {
        throw new Unavailable("gateway", retryAfterSeconds ?? AGAIN_SECONDS);
      }
      return problem(c, "statement_unfit", { reason: "gateway_refused", answer });
    }
    case "too_long":
      return problem(c, "statement_unfit", { reason: refusal.reason, rows_max: refusal.rowsMax });
    case "too_many_missing": {
      const { reason, missingMax: missing_max } = refusal;
      return problem(c, "statement_unfit", { reason, missing_max });
    }
    default:
      return problem(c, "statement_unfit", { ...refusal });
  }
}
