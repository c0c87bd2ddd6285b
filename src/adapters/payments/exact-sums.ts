import type { Currency } from "../../domain/money.ts";
import { unfitSum, type SumRule } from "../../domain/payments/sums.ts";
import type { PaymentGateway } from "../../flows/payments/payment-ports.ts";

/** The gateway, which is asked for no sum that it would not charge, or give back, as it is. */
export function exactly(made: GatewayOfSums, rule: SumRule, currency: Currency): PaymentGateway {
  const least = Math.max(rule.leastMinor?.[currency] ?? 1, rule.stepMinor?.[currency] ?? 1);
  return {
    ...made,
    capabilities: { ...made.capabilities, currencies: rule.currencies, leastMinor: least },
    async open(request) {
      const reason = unfitSum(rule, request.money);
      return reason === null ? made.open(request) : { kind: "refused", reason };
    },
    async refund(request) {
      const reason = unfitSum(rule, request.money);
      return reason === null ? made.refund(request) : { kind: "refused", reason };
    },
  };
}

/** A gateway as its file makes it: what it says of sums is its rule. */
export type GatewayOfSums = Omit<PaymentGateway, "capabilities"> & {
  readonly capabilities: Omit<PaymentGateway["capabilities"], "currencies" | "leastMinor">;
};
