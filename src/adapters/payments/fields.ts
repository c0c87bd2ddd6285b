import { z } from "zod";
import { formatDecimal, parseDecimal, type Currency, type Money } from "../../domain/money.ts";
import { developmentUrl, publicHttpsUrl } from "../../domain/network/public-address.ts";
import type { GatewayUnavailable, NoticeReading } from "../../flows/payments/payment-ports.ts";
import type { GatewayWorld } from "./gateway.ts";
import { unavailable, type OutgoingAnswer } from "./outgoing.ts";

/** Parts that the schemas and answers of many gateways have in common. */

const REFERENCE_CHARACTERS_MAX = 128;

/** A number of the gateway's or of ours as it may be kept: printable, bounded; else null. */
export function reference(given: string | null | undefined): string | null {
  const text = given ?? "";
  return text.length <= REFERENCE_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** Signed rightly, and not to be read any further: it is kept, and nothing of it is believed. */
export function signedButUnread(check: "malformed" | "account" | "stale"): NoticeReading {
  return { kind: "invalid", check, about: { tradeNo: "", orderRef: "" } };
}

/** Whole characters only, at most `bytesMax` bytes of UTF-8. */
export function cutToBytes(text: string, bytesMax: number): string {
  const room = new Uint8Array(bytesMax);
  return text.slice(0, new TextEncoder().encodeInto(text, room).read);
}

/** An address that others are put behind: https (or http, which only this machine may be). Ends in a slash. */
export const folderUrl = z
  .string()
  .max(500)
  .transform((text, context) => {
    const url = URL.parse(text);
    const secure = url?.protocol === "https:" || (url !== null && developmentUrl(text) !== null);
    if (url === null || !secure || url.username !== "" || url.search !== "" || url.hash !== "") {
      context.addIssue({ code: "custom", message: "must be an https address without a query" });
      return z.NEVER;
    }
    return url.href.endsWith("/") ? url.href : `${url.href}/`;
  });

/** A number or the text of one, as text: gateways write their codes in either way. */
export const codeText = z.union([z.string(), z.number()]).transform(String);

/** What an answer says, or `unavailable` where it is not JSON of this form. */
export function readAnswer<Value>(
  answer: OutgoingAnswer,
  schema: z.ZodType<Value>,
): { readonly kind: "read"; readonly value: Value } | GatewayUnavailable {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    return unavailable("not_understood");
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { kind: "read", value: parsed.data } : unavailable("not_understood");
}

/** Where a gateway says that the buyer shall pay, where a browser may be sent there; else null. */
export function payUrl(text: string, { reachesThisMachine }: GatewayWorld): string | null {
  return (reachesThisMachine ? developmentUrl : publicHttpsUrl)(text)?.href ?? null;
}

/** The sum that a decimal text names; null where it names none. */
export function sumOf(text: string | undefined, currency: Currency): Money | null {
  const sum = parseDecimal(text ?? "", currency);
  return sum.ok ? sum.value : null;
}

/** "12.3" for 12.30: a gateway that reads a number signs what it would write. */
export function shortDecimal(money: Money): string {
  const text = formatDecimal(money);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** "2022-09-15 16:08:39", the clock of Beijing, as an instant; null for anything else. */
export function beijingTimeMs(given: string | null | undefined): number | null {
  const text = given ?? "";
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null;
  const atMs = Date.parse(`${text.replace(" ", "T")}+08:00`);
  return Number.isNaN(atMs) ? null : atMs;
}

/** The other way: the wall clock of Beijing, as its gateways write it. */
export function beijingTime(atMs: number): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** What a gateway said of a refusal, as it may be kept and shown: one line, bounded. */
export function refusalReason(text: string | null | undefined): string {
  const line = (text ?? "").replaceAll(/\p{Cc}+/gu, " ").trim();
  return line === "" ? "no reason given" : line.slice(0, 200);
}
