import type {
  OrderSnapshot,
  RecordedPayment,
} from "../../../durable-objects/product-stock/contract.ts";
import {
  moneyOutlook,
  stepIfStopped,
  type Outlook,
  type OutlookPayment,
  type Step,
} from "../../domain/payments/money-outlook.ts";
import { refundHours, taskReasonOf } from "../../domain/payments/money-policy.ts";
import type { PaymentAccounts } from "./payment-ports.ts";
import type { Clock } from "../ports.ts";
import { readMoneyPolicy, type MoneyPolicyPorts } from "./read-money-policy.ts";

export interface ShowMoneyPorts extends MoneyPolicyPorts {
  readonly paymentAccounts: Pick<PaymentAccounts, "account">;
  readonly clock: Clock;
}

/** What a buyer is told of their money, beyond that it bought something. */
export interface MoneyShown {
  /** Of payments that bought nothing yet. */
  readonly outlook: readonly Outlook[];
  /** What happens if the buyer waits for keys no longer; null where nobody waits. */
  readonly ifStopped: Step | null;
  /** When the money of an order without keys goes back if it still has none; null: not set. */
  readonly refundAtMs: number | null;
}

const NOTHING: MoneyShown = { outlook: [], ifStopped: null, refundAtMs: null };
const HOUR_MS = 3_600_000;

/** An order that simply bought something costs no question. What cannot be read now is not said: no page fails for it. */
export async function showMoney(ports: ShowMoneyPorts, order: OrderSnapshot): Promise<MoneyShown> {
  if (order.payments.every((payment) => taskReasonOf(payment, order) === null)) return NOTHING;
  try {
    const [policy, payments] = await Promise.all([
      readMoneyPolicy(ports, order),
      Promise.all(order.payments.map((payment) => withAbility(ports, payment))),
    ]);
    const nowMs = ports.clock.nowMs();
    const hours = order.state === "unfilled" ? refundHours(policy) : null;
    return {
      outlook: moneyOutlook(order, payments, policy, nowMs),
      ifStopped: stepIfStopped(order, payments, policy, nowMs),
      refundAtMs:
        hours === null || order.paidAtMs === null ? null : order.paidAtMs + hours * HOUR_MS,
    };
  } catch {
    return NOTHING;
  }
}

async function withAbility(
  { paymentAccounts }: ShowMoneyPorts,
  payment: RecordedPayment,
): Promise<OutlookPayment> {
  // What a person vouched for never came through the gateway.
  if (payment.source === "merchant") return { ...payment, able: "none" };
  const account = await paymentAccounts.account(payment.accountId);
  return { ...payment, able: account?.gateway.capabilities.refund ?? "none" };
}
