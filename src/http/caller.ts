import type { AppContext } from "./env.ts";

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
