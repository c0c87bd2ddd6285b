import type { Caller } from "../domain/network/caller.ts";
import { networkOf } from "../domain/network/network.ts";
import { deviceOf } from "./device-cookie.ts";
import type { AppContext, RequestContext } from "./env.ts";

/** Who is calling, as Cloudflare saw it: no header that others could have written is believed. */
export async function callerOf(c: AppContext): Promise<Caller> {
  // The platform puts `cf` on each request; in tests that make their own there may be none.
  const cf = (c.req.raw as { cf?: { asn?: unknown } }).cf;
  return {
    network: callerNetwork(c),
    country: callerCountry(c),
    asn: typeof cf?.asn === "number" ? cf.asn : null,
    device: await deviceOf(c),
  };
}

/** ISO 3166-1 alpha-2. Cloudflare says XX of what it does not know, and T1 of the Tor network. */
export function callerCountry(c: AppContext): string | null {
  const country = (c.req.raw as { cf?: { country?: unknown } }).cf?.country;
  return typeof country === "string" && /^[A-Z][A-Z0-9]$/.test(country) && country !== "XX"
    ? country
    : null;
}

/**
 * The network of the caller. CF-Connecting-IP alone: Cloudflare writes it itself, over whatever a client
 * has sent under that name; X-Forwarded-For and its kin anybody may write.
 */
export function callerNetwork(c: RequestContext): string {
  return networkOf(c.req.header("cf-connecting-ip"));
}
