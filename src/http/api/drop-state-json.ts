import { z } from "zod";
import { dropPhase } from "../../domain/drop/drop.ts";
import { pollAfterMs } from "../../domain/drop/poll.ts";
import type { DropState, Place } from "../../domain/drop/state.ts";
import type { BookedDrop } from "../../flows/drops/drop-ports.ts";
import { instant, timeJson, type Json } from "./json.ts";

export const dropStateShape = z
  .object({
    id: z.string().startsWith("drop_"),
    product_id: z.string().startsWith("prd_"),
    seq: z.int().describe("Grows: of two answers the one with the greater is the newer."),
    status: z
      .enum(["upcoming", "open", "sold_out", "closed"])
      .describe("`sold_out` is final: no key is left, and none can come back."),
    opens_at: instant,
    closes_at: instant,
    at: instant.describe("When this was so."),
    server_time: instant.describe("For a countdown: the device's clock may be off."),
    quantity: z.int().describe("Keys on offer."),
    remaining: z.int().describe("Keys that may still be reserved."),
    held: z.int().describe("Keys that are reserved and unpaid: some of them may come back."),
    threshold: z
      .object({
        early: z.number().describe("Whoever joined before the opening and drew less may order."),
        late_until: instant.nullable().describe("Whoever joined later, until then, may order."),
      })
      .describe("It only rises."),
    line: z
      .object({ early: z.int(), late_waiting: z.int() })
      .describe("People: estimates, some percent off."),
    admitted_per_second: z.number(),
    commitment: z.string().describe("SHA-256 of the seed of the draw, hex."),
    seed: z.string().nullable().describe("base64url, once the drop is over."),
    poll_after_ms: z
      .int()
      .nullable()
      .describe("When to ask again, at the earliest; null: nothing more will change."),
  })
  .meta({ id: "DropState" });

/** Who knows no place of their own asks as often as somebody who has this share of the line before them. */
const SHARE_OF_LINE = 0.1;

/** `state` is null where no controller was heard of yet: the drop's times are all there is to show. */
export function dropStateJson(
  { drop }: BookedDrop,
  state: DropState | null,
  at: { readonly nowMs: number; readonly seed: string | null; readonly random: number },
): Json<typeof dropStateShape> {
  const status = statusOf(drop, state, at.nowMs);
  const { threshold, line } = state ?? NOTHING_KNOWN;
  return {
    id: drop.id,
    product_id: drop.productId,
    seq: state?.seq ?? 0,
    status,
    opens_at: timeJson(drop.opensAtMs),
    closes_at: timeJson(drop.closesAtMs),
    at: timeJson(state?.atMs ?? at.nowMs),
    server_time: timeJson(at.nowMs),
    quantity: drop.quantity,
    remaining: status === "upcoming" ? drop.quantity : (state?.remaining ?? 0),
    held: state?.held ?? 0,
    threshold: { early: threshold.early, late_until: timeJson(threshold.lateUntilMs) },
    line: { early: line.early, late_waiting: line.lateWaiting },
    admitted_per_second: state?.admittedPerSecond ?? 0,
    commitment: drop.commitment,
    seed: at.seed,
    poll_after_ms: pollAfterMs(
      placeOf(status, state),
      { opensAtMs: drop.opensAtMs, nowMs: at.nowMs },
      at.random,
    ),
  };
}

const NOTHING_KNOWN = {
  threshold: { early: 0, lateUntilMs: null },
  line: { early: 0, lateWaiting: 0 },
} as const;

/** By the edge's own clock, but that it is sold out only the controller can say. */
export function statusOf(
  drop: BookedDrop["drop"],
  state: DropState | null,
  nowMs: number,
): DropState["status"] {
  const phase = dropPhase(drop, nowMs);
  return state?.status === "sold_out" && phase !== "upcoming" ? "sold_out" : phase;
}

function placeOf(status: DropState["status"], state: DropState | null): Place {
  if (status !== "open") return { kind: status };
  if (state === null) return { kind: "busy" };
  const { threshold, line, admittedPerSecond } = state;
  const waiting = (1 - threshold.early) * line.early + line.lateWaiting;
  const ahead = Math.round(waiting * SHARE_OF_LINE);
  const etaMs = admittedPerSecond > 0 ? (ahead / admittedPerSecond) * 1_000 : null;
  return { kind: "waiting", ahead, etaMs };
}
