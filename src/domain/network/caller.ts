/**
 * The network of whom the platform does not say, and of the machine itself: there is neither on
 * Cloudflare, where each request has an address, but in development and in tests.
 */
export const UNKNOWN_NETWORK = "unknown";

/**
 * Who asks, as the edge saw it, for limits and risk. What a client says of itself is not among it;
 * `device` is the one thing that it sends, and that one is signed.
 */
export interface Caller {
  /** An IPv4 address, or the /64 of an IPv6 one; else UNKNOWN_NETWORK. */
  readonly network: string;
  /** ISO 3166-1 alpha-2; null where the platform does not know. */
  readonly country: string | null;
  /** Number of the autonomous system that the address belongs to; null where it is not known. */
  readonly asn: number | null;
  /** The browser, by the cookie that we gave it; null for whoever brings none of ours. */
  readonly device: Device | null;
}

export interface Device {
  /** Random, and signed by us. */
  readonly id: string;
  /** Where it was when it got the cookie; null where that was not known. */
  readonly country: string | null;
}

/** The network, where it tells callers apart. */
export function knownNetwork({ network }: Pick<Caller, "network">): string | null {
  return network === UNKNOWN_NETWORK ? null : network;
}
