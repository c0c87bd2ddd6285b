import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UNKNOWN_NETWORK } from "../../../src/domain/network/caller.ts";
import { networkOf } from "../../../src/domain/network/network.ts";

describe("the network of an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["111.122.133.144", "111.122.133.144"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:111.122.133.144", "111.122.133.144"],
    ["::1:1", "0:0:0:0::/64"],
    ["2001:db8:7:8:9:a:b:c", "2001:db8:7:8::/64"],
    ["2001:DB8:7:8::1", "2001:db8:7:8::/64"],
    ["2001:0db8:0007:0008::", "2001:db8:7:8::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::2", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
  ])("%s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test.each([
    undefined,
    "",
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
  ])("%s is nobody's", (address) => expect(networkOf(address)).toBe(UNKNOWN_NETWORK));

  test.each([
    "unknown",
    "192.0.2.256",
    "1::ffff:192.0.2.1",
    "::ffff:192.0.2.1:1",
    "192.0.2.1.1",
    "192.0.2",
    "192.0.2.1, 198.51.100.1",
    "1:2:3",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    ":::",
    "fe80::1%eth0",
  ])("%s is none, and shares one count with all that are none", (address) => {
    expect(networkOf(address)).toBe("malformed");
  });

  test("the addresses of one /64 are one network, and of another /64 another", () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const eight = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(eight, eight, (one, other) => {
        const neighbour = [...one.slice(0, 4), ...other.slice(4)];
        const local = networkOf(one.join(":")) === UNKNOWN_NETWORK;
        fc.pre(!local && networkOf(neighbour.join(":")) !== UNKNOWN_NETWORK);
        expect(networkOf(neighbour.join(":"))).toBe(networkOf(one.join(":")));
        const same = one.slice(0, 4).join(":") === other.slice(0, 4).join(":");
        fc.pre(networkOf(other.join(":")) !== UNKNOWN_NETWORK);
        expect(networkOf(other.join(":")) === networkOf(one.join(":"))).toBe(same);
      }),
    );
  });

  test("no text makes it fail", () => {
    fc.assert(fc.property(fc.string(), (text) => networkOf(text).length > 0));
  });
});
