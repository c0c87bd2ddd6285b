import { z } from "zod";
import { KEY_FATES } from "../payments/refund.ts";

const WAIT_HOURS_MAX = 24 * 90;
const TASK_HOURS_MAX = 24 * 30;
const byItself = z.enum(["task", "refund"]);
const keyFate = z.enum(KEY_FATES);

const rules = {
  /** Money for an order that has lapsed or was cancelled: it gets keys if any are left, or goes back. */
  late: z.enum(["deliver", "refund"]),
  /** Paid, and no keys are left: the order waits for keys, or its money goes back at once. */
  unfilled: z.enum(["wait", "refund"]),
  /** How long it waits, counted from the payment, before its money goes back after all. */
  unfilledWaitHours: z.union([z.int().min(1).max(WAIT_HOURS_MAX), z.literal("forever")]),
  /** Its buyer waits no longer: the gateway is asked to give the money back, or a person does. */
  stopWaiting: byItself,
  /** A second payment of an order that was paid already. */
  surplus: byItself,
  /** Another sum or currency than the order's. */
  mismatch: byItself,
};

/** What becomes of money that has no keys, or that no order could take. By default none moves by itself. */
export const moneySettings = z.object({
  unfilled: rules.unfilled.default("wait"),
  late: rules.late.default("deliver"),
  unfilledWaitHours: rules.unfilledWaitHours.default("forever"),
  stopWaiting: rules.stopWaiting.default("refund"),
  surplus: rules.surplus.default("task"),
  mismatch: rules.mismatch.default("task"),
  /** Within how long a person deals with what comes to them: buyers are told. */
  taskHours: z.int().min(1).max(TASK_HOURS_MAX).default(72),
  /** Keys that a buyer has, once all of their money has gone back and nobody has said what becomes of them. */
  refundKeys: keyFate.default("void"),
  /** The same where a buyer's bank has taken it back. */
  disputeKeys: keyFate.default("void"),
  /** The same where it went back at the gateway's own desk: what was seen stays, unless the shop says otherwise. */
  deskRefundKeys: keyFate.default("keep"),
});

/** How orders that wait for keys are served: see servesInOrder. Of a product only: its object decides by it. */
const WAIT_LISTS = ["in_order", "as_they_fit"] as const;

/** What was decided for one product alone; of what it does not say, the shop's holds. */
export const productMoney = z.object({ ...rules, waitList: z.enum(WAIT_LISTS) }).partial();

export type MoneyPolicy = z.output<typeof moneySettings>;
export type ProductMoney = z.output<typeof productMoney>;

/** The rules that hold for a product's orders: its own, and the shop's where it has none. */
export function moneyPolicyOf(shop: MoneyPolicy, product: ProductMoney | undefined): MoneyPolicy {
  const own = Object.entries(product ?? {}).filter(([, rule]) => rule !== undefined);
  return moneySettings.parse({ ...shop, ...Object.fromEntries(own) });
}
