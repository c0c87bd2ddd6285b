import type { Caller } from "../domain/caller.ts";
import { networkOf } from "../domain/network.ts";
import type { RequestContext } from "./env.ts";

/** Who is calling, as Cloudflare saw it: no header that others could have written is believed. */
export function callerOf(c: RequestContext): Caller {
  // The platform puts `cf` on each request; in tests that make their own there may be none.
  const cf = (c.req.raw as { cf?: { country?: unknown; asn?: unknown } }).cf;
  return {
    network: callerNetwork(c),
    country: typeof cf?.country === "string" ? cf.country : null,
    asn: typeof cf?.asn === "number" ? cf.asn : null,
    device: null,
  };
}

/**
 * The network of the caller. CF-Connecting-IP alone: Cloudflare writes it itself, over whatever a client
 * has sent under that name; X-Forwarded-For and its kin anybody may write.
 */
export function callerNetwork(c: RequestContext): string {
  return networkOf(c.req.header("cf-connecting-ip"));
}
