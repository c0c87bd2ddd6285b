import { ipv6Groups } from "./network.ts";

/** An address or a network of addresses (CIDR, RFC 4632 and RFC 4291 §2.3). */
export interface Network {
  /** "192.0.2.0/24", "2001:db8::/32" with its groups written out: one text for one network. */
  readonly text: string;
  readonly family: 4 | 6;
  readonly bits: number;
  /** The address in groups of 8 (IPv4) or 16 bits (IPv6), zero behind the prefix. */
  readonly groups: readonly number[];
}

/** The shop knows an IPv6 caller by its /64 and no nearer. */
const IPV6_BITS_MAX = 64;

/**
 * "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "2001:db8:0:0::/64"; null for anything else. An IPv6
 * address, or a prefix longer than 64, is its /64. Bits behind the prefix are dropped.
 */
export function parseNetwork(text: string): Network | null {
  const [address = "", length, ...more] = text.trim().toLowerCase().split("/");
  if (more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const family = address.includes(":") ? 6 : 4;
  const groups = family === 6 ? ipv6Groups(address) : ipv4Groups(address);
  const most = family === 6 ? 128 : 32;
  const asked = length === undefined ? most : Number(length);
  if (groups === null || asked > most) return null;
  return network(family, groups, family === 6 ? Math.min(asked, IPV6_BITS_MAX) : asked);
}

/** The text of the network of that many bits around this one; null where this one is larger. */
export function inNetwork({ family, groups, bits }: Network, wanted: number): string | null {
  return wanted > bits ? null : network(family, groups, wanted).text;
}

function network(family: 4 | 6, groups: readonly number[], bits: number): Network {
  const size = family === 6 ? 16 : 8;
  const kept = groups.map((group, at) => {
    const left = Math.min(Math.max(bits - at * size, 0), size);
    return group & ~(2 ** (size - left) - 1);
  });
  const address = family === 6 ? kept.map((group) => group.toString(16)).join(":") : kept.join(".");
  return { text: `${address}/${bits}`, family, bits, groups: kept };
}

function ipv4Groups(address: string): number[] | null {
  const parts = address.split(".");
  const sound = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part));
  const groups = parts.map(Number);
  return sound && groups.every((group) => group <= 255) ? groups : null;
}
