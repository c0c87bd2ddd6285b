import type { Currency, Money } from "../money.ts";

/**
 * Which sums each gateway charges exactly as they are asked for, by its own documents. What cannot be said to it as
 * it is is not offered and not asked for, and never rounded: a sum that a gateway rounds is another price. The
 * sources, and what each does with the sum, are in docs/payments.md ("Sums").
 */
export interface SumRule {
  /** Null: whichever we sell in. */
  readonly currencies: readonly Currency[] | null;
  /** The smallest step from one sum to the next, in our minor units, where it is more than one of them. */
  readonly stepMinor?: Readonly<Partial<Record<Currency, number>>>;
  /** The least that it takes, in minor units, where it is more than one of them. */
  readonly leastMinor?: Readonly<Partial<Record<Currency, number>>>;
}

/** Decimals with at most two places: as many as any currency that we sell in has. */
const ANY: SumRule = { currencies: null };
const YUAN: SumRule = { currencies: ["CNY"] };

/** By the gateway's name. */
export const SUMS = {
  epay: ANY,
  "epay-v2": ANY,
  /** A cashier that is told no `fiat` takes the number for yuan; versions that know no other leave it out. */
  bepusdt: {
    currencies: ["CNY", "USD", "EUR", "GBP", "JPY"],
    // A hundredth of a coin is its smallest step: a fen is none of it.
    leastMinor: { CNY: 10, USD: 1, EUR: 1, GBP: 1, JPY: 2 },
  },
  /** It divides by the rate of the yuan, whatever the number is meant to be. */
  epusdt: { ...YUAN, leastMinor: { CNY: 10 } },
  tokenpay: { currencies: ["CNY", "USD", "EUR", "GBP", "AUD", "HKD", "TWD", "SGD"] },
  alipay: YUAN,
  wechat: YUAN,
  /** Its smallest units are ours (adapters/payments/stripe/stripe-money.ts). The least of a card: "Minimum and maximum charge amounts". */
  stripe: {
    currencies: null,
    leastMinor: {
      USD: 50,
      EUR: 50,
      GBP: 30,
      HKD: 400,
      SGD: 50,
      MYR: 200,
      AUD: 50,
      CAD: 50,
      JPY: 50,
    },
  },
  /** The Taiwan dollar has cents with us and none with PayPal. Yuan and ringgit are for accounts of their countries only. */
  paypal: {
    currencies: ["USD", "EUR", "GBP", "HKD", "SGD", "AUD", "CAD", "JPY", "TWD"],
    stepMinor: { TWD: 100 },
  },
  manual: ANY,
} as const satisfies Record<string, SumRule>;

/** The rule of a gateway by its name; of one that has none, any sum. */
export function sumRuleOf(gateway: string): SumRule {
  const rules: Readonly<Record<string, SumRule>> = SUMS;
  return Object.hasOwn(rules, gateway) ? (rules[gateway] ?? ANY) : ANY;
}

export function chargesIn({ currencies }: SumRule, currency: Currency): boolean {
  return currencies === null || currencies.includes(currency);
}

/** Why a gateway of that rule cannot be asked for the sum as it is; null where it can. */
export function unfitSum(rule: SumRule, { amountMinor, currency }: Money): string | null {
  if (!chargesIn(rule, currency)) return `this gateway does not charge in ${currency}`;
  const step = rule.stepMinor?.[currency] ?? 1;
  return amountMinor % step === 0 ? null : `this gateway charges ${currency} in whole units only`;
}
