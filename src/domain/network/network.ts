import { UNKNOWN_NETWORK } from "./caller.ts";

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** "::ffff:192.0.2.1": an IPv4 caller on an IPv6 socket (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const GROUPS = 8;
/** What is no address at all: all who send such share one count. */
const MALFORMED = "malformed";

/**
 * The network that an address belongs to, as limits count it: an IPv4 address is one, an IPv6 one is
 * its /64, since one household or server has at least that many (RFC 6177 §2). However it is written,
 * the same network is the same text.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || address === "") return UNKNOWN_NETWORK;
  const mapped = MAPPED.exec(address)?.[1];
  const ipv4 = mapped ?? address;
  const bytes = IPV4.exec(ipv4)?.slice(1).map(Number);
  if (bytes !== undefined) {
    if (bytes.some((byte) => byte > 255)) return MALFORMED;
    return bytes[0] === 127 ? UNKNOWN_NETWORK : bytes.join(".");
  }
  const groups = ipv6Groups(address);
  if (groups === null) return MALFORMED;
  const loopback = groups.slice(0, -1).every((group) => group === 0) && groups.at(-1) === 1;
  if (loopback) return UNKNOWN_NETWORK;
  const prefix = groups.slice(0, GROUPS / 2).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64`;
}

/** The eight groups of an IPv6 address, "::" written out (RFC 4291 §2.2); null of anything else. */
export function ipv6Groups(address: string): number[] | null {
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const [before = [], after] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const written = [...before, ...(after ?? [])];
  if (!written.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const missing = GROUPS - written.length;
  // "::" stands for one group at the least; without it all eight are there.
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const zeros = Array.from({ length: missing }, () => "0");
  return [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
}
