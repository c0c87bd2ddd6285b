/**
 * How a finding was settled.
 * - `booked`: the gateway was asked and says so; the payment is recorded.
 * - `vouched`: the merchant vouched for the statement; the payment is recorded.
 * - `explained`: in the merchant's own words.
 * - `agrees`: the books have it by now, in another day's statement or by a late notice.
 */
export const SETTLEMENTS = ["booked", "vouched", "explained", "agrees"] as const;
export type SettledAs = (typeof SETTLEMENTS)[number];
