import { z } from "zod";
import { base64url, fromBase64 } from "../encoding.ts";

/** A notice as it came: raw, because signatures are over raw material. */
export interface RawNotice {
  readonly method: "GET" | "POST";
  /** Without "?"; raw, percent-encoded. */
  readonly query: string;
  readonly contentType: string | null;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** By which its age is judged; absent: now. */
  readonly receivedAtMs?: number;
}

/** As it is kept for a replay: what its signature is over, and nothing of who brought it. */

/** Headers that gateways sign, or name their key by. No cookie, no address, no authorization. */
const SIGNED_HEADERS = /^(wechatpay-|stripe-signature$|paypal-)/;

/** The names, the time, and what base 64 adds to a short body. */
const ENVELOPE_MAX = 500;

const packed = z.object({
  method: z.enum(["GET", "POST"]),
  query: z.string(),
  contentType: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  receivedAtMs: z.int(),
});

/** Null where it is longer than `charactersMax`: half a notice proves nothing. */
export function packNotice(
  { method, query, contentType, headers, body }: RawNotice,
  receivedAtMs: number,
  charactersMax: number,
): string | null {
  if (query.length + body.byteLength > charactersMax) return null;
  const signed = [...headers].filter(([name]) => SIGNED_HEADERS.test(name));
  const kept: z.infer<typeof packed> = {
    method,
    query,
    contentType,
    headers: Object.fromEntries(signed),
    body: base64url(body),
    receivedAtMs,
  };
  const text = JSON.stringify(kept);
  return text.length <= 2 * charactersMax + ENVELOPE_MAX ? text : null;
}

/** As it came, and when: what was too old then is too old still, what was fresh is. */
export function unpackNotice(text: string): RawNotice {
  const { headers, body, ...rest } = packed.parse(JSON.parse(text));
  const bytes = fromBase64(body);
  if (bytes === null) throw new Error("a kept notice is not as it was kept");
  return { ...rest, headers: new Map(Object.entries(headers)), body: bytes };
}
