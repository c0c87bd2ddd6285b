import { z } from "zod";
import { NOTHING_SEEN, together, type Tally } from "../../../domain/payments/health.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";

export const HEALTH_DAYS = 7;
const DAY_MS = 24 * 3600_000;

export const healthShape = z
  .object({
    calls: z.int().describe("That its gateway was asked in the last day, by open, query, refund."),
    failures: z.int().describe("Those that it did not answer as its document says."),
    success_rate: z.number().min(0).max(1).nullable().describe("Null where there was no call."),
    latency_ms: z
      .object({ mean: z.int(), slowest: z.int() })
      .nullable()
      .describe("Of those calls, time-outs among them."),
    last_success_at: instant.nullable(),
    last_failure: z.object({ at: instant, reason: z.string() }).nullable(),
    last_notice_at: instant.nullable().describe("Of genuine notices."),
    breaker: z
      .enum(["closed", "half_open", "open"])
      .describe("As the isolate that answers this has it. Others learn for themselves."),
  })
  .meta({
    id: "PaymentAccountHealth",
    description:
      "What isolates saw and wrote down, each at most twice a minute: some seconds late, and without what an isolate saw last before it ended. The last moments are of the last week.",
  });

interface Seen {
  readonly hours: readonly (Tally & { readonly hourAtMs: number })[];
  readonly breaker: "closed" | "half_open" | "open";
  readonly nowMs: number;
}

export function healthJson({ hours, breaker, nowMs }: Seen): Json<typeof healthShape> {
  const week = hours.reduce<Tally>(together, NOTHING_SEEN);
  const day = hours.filter(({ hourAtMs }) => hourAtMs > nowMs - DAY_MS);
  const { calls, failures, totalMs, slowestMs } = day.reduce<Tally>(together, NOTHING_SEEN);
  const { lastFailureAtMs, lastFailure } = week;
  return {
    calls,
    failures,
    success_rate: calls === 0 ? null : (calls - failures) / calls,
    latency_ms: calls === 0 ? null : { mean: Math.round(totalMs / calls), slowest: slowestMs },
    last_success_at: timeJson(week.lastSuccessAtMs),
    last_failure:
      lastFailureAtMs === null
        ? null
        : { at: timeJson(lastFailureAtMs), reason: lastFailure ?? "unknown" },
    last_notice_at: timeJson(week.lastNoticeAtMs),
    breaker,
  };
}
