import type { Caller } from "../../src/domain/network/caller.ts";
import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import { RISK_LIST_ENTRIES_MAX, type RiskListEntry } from "../../src/domain/risk/risk-lists.ts";
import type { TriedOrder } from "../../src/domain/risk/risk-memory.ts";

/** The same numbers in every run (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const MERCHANT = "mer_00000000000000000001" as MerchantId;
const COUNTRIES = ["CN", "CN", "CN", "CN", "SG", "MY", "US", "JP"] as const;
const DOMAINS = ["qq.com", "gmail.com", "163.com", "example.com", "mailinator.com"] as const;

/**
 * Orders as a drop brings them: most of people who order once, some of people who try again and again, a
 * tenth from a few networks with many mailboxes; one in two with our cookie, one in ten by IPv6.
 */
export function triedOrder(n: number, random: (below: number) => number): TriedOrder {
  const bot = random(10) === 0;
  const person = bot ? random(200) : random(60_000);
  const domain = DOMAINS[random(DOMAINS.length)] ?? "example.com";
  const email = bot ? `b.ot+${random(5_000)}@${domain}` : `first.last${person}@${domain}`;
  return {
    orderId: `ord_${n - (random(20) === 0 ? 1 : 0)}` as OrderId,
    merchantId: MERCHANT,
    email,
    caller: callerOf(bot, person, random),
  };
}

function callerOf(bot: boolean, person: number, random: (below: number) => number): Caller {
  const country = COUNTRIES[(bot ? random(8) : person) % COUNTRIES.length] ?? null;
  const network = bot
    ? `203.0.113.${person % 20}`
    : person % 10 === 0
      ? `2001:db8:${(person >> 4).toString(16)}:1::/64`
      : `${10 + (person % 90)}.${(person >> 7) % 256}.${person % 256}.${(person * 7) % 256}`;
  const device = random(2) === 0 ? null : { id: `device-${person}-of-somebody`, country: "CN" };
  return { network, country, asn: 4_000 + (person % 500), device };
}

/** Lists as full as they may be, networks of every length among them. */
export function fullLists(random: (below: number) => number): RiskListEntry[] {
  return Array.from({ length: RISK_LIST_ENTRIES_MAX }, (_, n): RiskListEntry => {
    const list = n % 5 === 0 ? "allow" : "deny";
    const entry = { list, expiresAtMs: null } as const;
    switch (n % 5) {
      case 0:
        return { ...entry, kind: "email", value: `friend${n}@example.com` };
      case 1:
        return { ...entry, kind: "domain", value: `bad${n}.example` };
      case 2:
        return { ...entry, kind: "asn", value: String(60_000 + n) };
      case 3: {
        const bits = 8 + random(25);
        return { ...entry, kind: "network", value: `192.${random(256)}.${random(256)}.0/${bits}` };
      }
      default:
        return {
          ...entry,
          kind: "network",
          value: `2001:db9:${n.toString(16)}::/${32 + random(33)}`,
        };
    }
  });
}
