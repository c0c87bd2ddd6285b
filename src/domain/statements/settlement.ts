/**
 * How a finding was settled.
 * - `booked`: the gateway was asked and says so; the payment is recorded.
 * - `vouched`: the merchant vouched for the statement; the payment, or the refund, is recorded.
 * - `refunded`: money that no order could take goes back through the gateway.
 * - `explained`: in the merchant's own words.
 * - `agrees`: the books have it by now, in another day's statement or by a late notice.
 */
export const SETTLEMENTS = ["booked", "vouched", "refunded", "explained", "agrees"] as const;
export type SettledAs = (typeof SETTLEMENTS)[number];
