import { describe, expect, it, test } from "vitest";
import {
  normalizeListValue,
  readyLists,
  type Listable,
  type RiskListEntry,
  type RiskListKind,
} from "../../../src/domain/risk/risk-lists.ts";

const NOW_MS = 1_000_000;
const buyer: Listable = {
  email: "first.last+drop@gmail.com",
  network: "198.51.100.7",
  country: "CN",
  asn: 4134,
  device: "abcdefgh12345678abcd",
};

function entry(kind: RiskListKind, value: string, more: Partial<RiskListEntry> = {}) {
  return { list: "deny" as const, kind, value, expiresAtMs: null, ...more };
}

function meets(kind: RiskListKind, text: string, who: Partial<Listable> = {}): boolean {
  const value = normalizeListValue(kind, text);
  if (value === null) throw new Error(`${text} is no ${kind}`);
  return readyLists([entry(kind, value)]).find({ ...buyer, ...who }, NOW_MS).length > 0;
}

describe("a list meets", () => {
  it.each([
    ["email", "FirstLast@gmail.com"],
    ["email", "firstlast+other@googlemail.com"],
    ["domain", "@Gmail.com"],
    ["network", "198.51.100.7"],
    ["network", "198.51.100.0/24"],
    ["network", "0.0.0.0/0"],
    ["country", "cn"],
    ["asn", "AS4134"],
    ["asn", "4134"],
    ["device", "abcdefgh12345678abcd"],
  ] as const)("%s %s", (kind, text) => {
    expect(meets(kind, text)).toBe(true);
  });

  it.each([
    ["email", "first@gmail.com"],
    ["domain", "mail.com"],
    ["network", "198.51.101.0/24"],
    ["country", "US"],
    ["asn", "41340"],
    ["device", "abcdefgh12345678abce"],
  ] as const)("not %s %s", (kind, text) => {
    expect(meets(kind, text)).toBe(false);
  });

  it("a domain's subdomains, and no domain that only ends alike", () => {
    expect(meets("domain", "example.com", { email: "a@mail.example.com" })).toBe(true);
    expect(meets("domain", "example.com", { email: "a@notexample.com" })).toBe(false);
    expect(meets("domain", "mail.example.com", { email: "a@example.com" })).toBe(false);
  });

  it("an IPv6 household, by whatever address of it was written", () => {
    const network = "2001:db8:1:2::/64";
    expect(meets("network", "2001:db8:1:2:3:4:5:6", { network })).toBe(true);
    expect(meets("network", "2001:db8:1::/48", { network })).toBe(true);
    expect(meets("network", "2001:db8:1:3::/64", { network })).toBe(false);
  });

  it("nobody by what is not known of them", () => {
    const nobody = { network: null, country: null, asn: null, device: null };
    for (const [kind, text] of [
      ["network", "::/0"],
      ["network", "0.0.0.0/0"],
    ] as const) {
      expect(meets(kind, text, nobody)).toBe(false);
    }
  });

  it("only until it expires", () => {
    const lists = readyLists([entry("country", "CN", { expiresAtMs: NOW_MS })]);
    expect(lists.find(buyer, NOW_MS - 1)).toHaveLength(1);
    expect(lists.find(buyer, NOW_MS)).toEqual([]);
  });
});

test.each([
  ["email", "nobody"],
  ["domain", "localhost"],
  ["domain", "exa mple.com"],
  ["network", "198.51.100.300"],
  ["network", "everyone"],
  ["country", "CHN"],
  ["asn", "0"],
  ["asn", "4294967296"],
  ["asn", "AS"],
  ["device", "short"],
  ["device", "a device with spaces"],
] as const)("%s %j is no value of a list", (kind, text) => {
  expect(normalizeListValue(kind, text)).toBeNull();
});
