import { z } from "zod";

/**
 * How often one place or one mailbox may ask, per minute. A merchant may tighten and widen within these
 * bounds: the least still lets an honest buyer try again, the most still stops a flood.
 */
const perMinute = (least: number, most: number) => z.int().min(least).max(most);

export const limitSettings = z.object({
  /** One network: an IPv4 address, an IPv6 /64. Wide by default, because a campus is one address. */
  ordersPerNetwork: perMinute(6, 6_000).default(120),
  ordersPerEmail: perMinute(3, 600).default(20),
  lookUpsPerNetwork: perMinute(3, 300).default(30),
  lookUpsPerEmail: perMinute(3, 60).default(10),
  ticketsPerNetwork: perMinute(6, 6_000).default(240),
  ticketsPerEmail: perMinute(3, 60).default(10),
});
