import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inNetwork, parseNetwork } from "../../../src/domain/network/cidr.ts";

describe("a network", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1/32"],
    ["192.0.2.129/25", "192.0.2.128/25"],
    ["192.0.2.255/31", "192.0.2.254/31"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["203.0.113.7/0", "0.0.0.0/0"],
    ["2001:DB8::/32", "2001:db8:0:0:0:0:0:0/32"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:0:0:0:0/64"],
    ["2001:db8:1:2::9/128", "2001:db8:1:2:0:0:0:0/64"],
    ["2001:db8:1:ffff::/50", "2001:db8:1:c000:0:0:0:0/50"],
    ["2001:db8:1:2::/64", "2001:db8:1:2:0:0:0:0/64"],
    ["::1", "0:0:0:0:0:0:0:0/64"],
    ["::", "0:0:0:0:0:0:0:0/64"],
  ])("%s is %s", (text, form) => {
    expect(parseNetwork(text)?.text).toBe(form);
  });

  it.each([
    "",
    "unknown",
    "192.0.2",
    "192.0.2.256",
    "192.0.02.1",
    "192.0.2.1/33",
    "192.0.2.1/-1",
    "192.0.2.1/",
    "192.0.2.1/8/8",
    "1.2.3.4.5",
    "2001:db8::1::2",
    "2001:db8:1:2:3:4:5",
    "2001:db8:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8::",
    "2001:db8::g",
    "2001:db8::12345",
    "::/129",
    "::ffff:192.0.2.1/96",
  ])("%j is none", (text) => {
    expect(parseNetwork(text)).toBeNull();
  });

  it("holds exactly the addresses that share its prefix", () => {
    const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const asNumber = (parts: readonly number[]) =>
      parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    fc.assert(
      fc.property(address, address, fc.nat(32), fc.boolean(), (a, b, bits, near) => {
        const other = near ? [a[0], a[1], b[2], b[3]] : b;
        const within = parseNetwork(`${a.join(".")}/${bits}`);
        const from = parseNetwork(other.join("."));
        if (within === null || from === null) throw new Error("not parsed");
        const shift = BigInt(32 - bits);
        const shares = asNumber(a) >> shift === asNumber(other) >> shift;
        expect(inNetwork(from, bits) === within.text).toBe(shares);
      }),
    );
  });

  it("is in no narrower one, and one form is its own form", () => {
    const wide = parseNetwork("10.0.0.0/8");
    if (wide === null) throw new Error("not parsed");
    expect(inNetwork(wide, 9)).toBeNull();
    expect(inNetwork(wide, 8)).toBe("10.0.0.0/8");
    expect(parseNetwork(wide.text)).toEqual(wide);
  });
});
