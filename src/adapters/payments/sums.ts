import type { Currency, Money } from "../../domain/money.ts";
import type { PaymentGateway } from "../../flows/payment-ports.ts";

/**
 * Which sums each gateway charges exactly as they are asked for, by its own documents. What cannot be said to it as
 * it is is refused, and never rounded: a sum that a gateway rounds is another price. The sources, and what each does
 * with the sum, are in docs/payments.md ("Sums").
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

export const SUMS = {
  epay: ANY,
  epayV2: ANY,
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
  /** Its smallest units are ours (stripe-money.ts). The least of a card: "Minimum and maximum charge amounts". */
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

/** Why the gateway cannot be asked for that sum as it is; null where it can. */
function unfit({ currencies, stepMinor }: SumRule, money: Money): string | null {
  const { amountMinor, currency } = money;
  if (currencies !== null && !currencies.includes(currency)) {
    return `this gateway does not charge in ${currency}`;
  }
  const step = stepMinor?.[currency] ?? 1;
  return amountMinor % step === 0 ? null : `this gateway charges ${currency} in whole units only`;
}

/** The gateway, which is asked for no sum that it would not charge, or give back, as it is. */
export function exactly(made: GatewayOfSums, rule: SumRule, currency: Currency): PaymentGateway {
  const least = Math.max(rule.leastMinor?.[currency] ?? 1, rule.stepMinor?.[currency] ?? 1);
  return {
    ...made,
    capabilities: { ...made.capabilities, currencies: rule.currencies, leastMinor: least },
    async open(request) {
      const reason = unfit(rule, request.money);
      return reason === null ? made.open(request) : { kind: "refused", reason };
    },
    async refund(request) {
      const reason = unfit(rule, request.money);
      return reason === null ? made.refund(request) : { kind: "refused", reason };
    },
  };
}

/** A gateway as its file makes it: what it says of sums is its rule. */
export type GatewayOfSums = Omit<PaymentGateway, "capabilities"> & {
  readonly capabilities: Omit<PaymentGateway["capabilities"], "currencies" | "leastMinor">;
};
