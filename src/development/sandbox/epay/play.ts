import { z } from "zod";
import { SANDBOX_MERCHANT } from "./merchant.ts";
import { withSignature } from "./signature.ts";
import type { Trade } from "./trade.ts";

/** What the gateway can be told to do with a trade. */
export const PLAYS = [
  "pay",
  "twice",
  "parallel",
  "late",
  "wrong_sum",
  "not_paid_first",
  "not_paid_last",
  "bad_signature",
  "no_signature",
  "array_signature",
  "wrong_pid",
  "never",
] as const;
export type Play = (typeof PLAYS)[number];

/** How a play may be varied. What is given here is sent, and signed, in place of the trade's own. */
export const variation = z.object({
  mode: z.enum(PLAYS).default("pay"),
  /** Notices that "parallel" sends at once. */
  times: z.coerce.number().int().min(1).max(200).default(40),
  /** Before the first notice. */
  delay_ms: z.coerce.number().int().min(0).max(600_000).default(0),
  method: z.enum(["GET", "POST"]).default("GET"),
  money: z.string().max(32).optional(),
  trade_no: z.string().max(128).optional(),
  out_trade_no: z.string().max(128).optional(),
});
export type Variation = z.infer<typeof variation>;

/** A notice's fields, in the order in which they are sent. */
export type NoticeFields = readonly (readonly [string, string])[];

/** Rounds one after the other; the notices of a round all at once. */
export async function script(trade: Trade, play: Variation): Promise<NoticeFields[][]> {
  const paid = await notice(trade, play, {});
  const waiting = await notice(trade, play, { trade_status: "WAIT_BUYER_PAY" });
  switch (play.mode) {
    case "pay":
    case "late":
      return [[paid]];
    case "twice":
      return [[paid], [paid]];
    case "parallel":
      return [Array.from({ length: play.times }, () => paid)];
    case "wrong_sum":
      return [[await notice(trade, play, { money: play.money ?? oneMore(trade.money) })]];
    case "not_paid_first":
      return [[waiting], [paid]];
    case "not_paid_last":
      return [[paid], [waiting]];
    case "bad_signature":
      return [[replaceSign(paid, ["sign", "0".repeat(32)])]];
    case "no_signature":
      return [[replaceSign(paid, null)]];
    case "array_signature":
      return [[replaceSign(paid, ["sign[]", signOf(paid)])]];
    case "wrong_pid":
      return [[await notice(trade, play, { pid: "1002" })]];
    case "never":
      return [];
    default:
      return play.mode satisfies never;
  }
}

/** Whether the buyer's money has moved, as `api.php?act=order` reports it. */
export function isPaidBy(mode: Play): boolean {
  return mode !== "never";
}

async function notice(
  trade: Trade,
  play: Variation,
  changes: Record<string, string>,
): Promise<NoticeFields> {
  const fields = {
    pid: trade.pid,
    trade_no: play.trade_no ?? trade.trade_no,
    out_trade_no: play.out_trade_no ?? trade.out_trade_no,
    type: trade.type,
    name: trade.name,
    money: play.money ?? trade.money,
    trade_status: "TRADE_SUCCESS",
    param: trade.param,
    ...changes,
  };
  return Object.entries(await withSignature(fields, SANDBOX_MERCHANT.key));
}

/** Where the buyer's browser goes after paying: the same fields, signed alike. */
export async function returnAddress(trade: Trade): Promise<string> {
  const url = new URL(trade.return_url);
  const fields = await notice(trade, variation.parse({}), {});
  for (const [name, value] of fields) url.searchParams.append(name, value);
  return url.href;
}

function signOf(fields: NoticeFields): string {
  return fields.find(([name]) => name === "sign")?.[1] ?? "";
}

function replaceSign(fields: NoticeFields, by: readonly [string, string] | null): NoticeFields {
  return fields.flatMap((field) => (field[0] === "sign" ? (by === null ? [] : [by]) : [field]));
}

/** One cent more, in integers. */
function oneMore(money: string): string {
  const [whole = "0", cents = ""] = money.split(".");
  const minor = Number(whole) * 100 + Number(cents.padEnd(2, "0")) + 1;
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;
}
