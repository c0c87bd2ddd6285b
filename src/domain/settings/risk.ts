import { z } from "zod";

/** Above `over`, each more weighs `each`, and all together at most `most`. */
const rate = (over: number, each: number, most: number) =>
  z
    .strictObject({
      over: z.int().min(0).max(100_000),
      each: z.int().min(0).max(1_000),
      most: z.int().min(0).max(1_000),
    })
    .default({ over, each, most });
const weight = z.int().min(0).max(1_000);
const threshold = z.union([z.int().min(0).max(10_000), z.literal("never")]);

const EXPECTED_COUNTRIES_MAX = 250;
const OWN_DOMAINS_MAX = 500;

/**
 * What speaks against an order, how heavily, and from which sum on something is done. Weights add up.
 * By itself no signal of the defaults reaches a threshold: each of them has an innocent explanation.
 * Review is off until the merchant says that somebody will look: a paid order waits for that person.
 */
export const riskSettings = z.object({
  /** The buyer shows that they are a person, where a captcha is set up; 0: everybody does. */
  challengeAt: threshold.default(50),
  /** The order is taken and delivered only once a person has approved it. */
  reviewAt: threshold.default("never"),
  denyAt: threshold.default(150),

  /** Orders that were tried within some ten minutes, as this place of the edge has seen them. */
  networkVelocity: rate(20, 2, 40),
  emailVelocity: rate(5, 8, 40),
  deviceVelocity: rate(5, 8, 40),
  asnVelocity: rate(300, 1, 20),
  /** Keys that the buyer holds unpaid while they order more. */
  openHolds: rate(2, 10, 30),

  /** Where the shop's buyers are; empty: anywhere. */
  expectedCountries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .max(EXPECTED_COUNTRIES_MAX)
    .default([]),
  countryUnexpected: weight.default(30),
  /** Another country than the one where this buyer, or this device, was before. */
  countryChanged: weight.default(20),
  disposableMail: weight.default(30),
  /** Domains that count as disposable, beside the list that the shop brings. */
  disposableDomains: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
        .max(253),
    )
    .max(OWN_DOMAINS_MAX)
    .default([]),
});

export type RiskRules = z.output<typeof riskSettings>;
