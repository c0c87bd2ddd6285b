import type { Caller } from "../domain/caller.ts";
import type { AppContext } from "./env.ts";

/** Who is calling, as Cloudflare saw it: no header that others could have written is believed. */
export function callerOf(c: AppContext): Caller {
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
 * Who is calling, for limits: the address that Cloudflare saw (no other header is trusted), an IPv6
 * one by its /64, since one household or server has at least that many.
 */
export function callerNetwork(c: AppContext): string {
  const address = c.req.header("cf-connecting-ip") ?? "unknown";
  return address.includes(":") ? `${ipv6Groups(address).slice(0, 4).join(":")}::/64` : address;
}

/** The eight groups of an IPv6 address, "::" written out (RFC 4291 §2.2). */
function ipv6Groups(address: string): string[] {
  const [head = "", tail] = address.toLowerCase().split("::", 2);
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after];
}
