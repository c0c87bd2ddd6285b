import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AccountId, OrderId } from "../../domain/ids.ts";
import type { Money } from "../../domain/money.ts";
import type { PaymentAccount, PaymentAccounts } from "./payment-ports.ts";
import type { Trade, TradeBook } from "./trade-ports.ts";

export interface ApartPorts {
  readonly paymentAccounts: PaymentAccounts;
  readonly trades: Pick<TradeBook, "tellers">;
}

/**
 * - `alone`: no other account of the kind told of that number.
 * - `two`: another did, of another payee, and both gateways say that they have such a payment.
 * - `doubtful`: another did, and it may be one payment that was told twice.
 * - `unavailable`: a gateway must be asked and does not answer.
 */
export type Apartness = "alone" | "two" | "doubtful" | "unavailable";

/**
 * Whether a payment is another one than those that the merchant's other accounts told of under its number. Two
 * accounts with one payee's secret both find a notice of either genuine, and a buyer holds such a notice (it comes back
 * with them in the return address). What was told twice and is given back once has bought keys for nothing.
 */
export async function tellPaymentsApart(
  ports: ApartPorts,
  trade: Trade & { readonly money: Money },
  order: OrderSnapshot,
): Promise<Apartness> {
  const others = await othersWhoTold(ports, trade, order);
  if (others.length === 0) return "alone";
  const own = await ports.paymentAccounts.account(trade.accountId);
  const accounts = await Promise.all(
    others.map(({ accountId }) => ports.paymentAccounts.account(accountId)),
  );
  const apart = accounts.every((account) => isOfAnotherPayee(own, account));
  if (own === null || !apart) return "doubtful";
  const words = await Promise.all([
    hasPayment(own, trade, order.id),
    ...accounts.map(async (account, at) => {
      const orderId = others[at]?.orderId ?? order.id;
      return account === null ? "no" : hasPayment(account, trade, orderId);
    }),
  ]);
  if (words.includes("no")) return "doubtful";
  return words.includes("unavailable") ? "unavailable" : "two";
}

interface Told {
  readonly accountId: AccountId;
  readonly orderId: OrderId;
}

/** The order's own payments are the truth; of other orders the book tells. */
async function othersWhoTold(
  { trades }: ApartPorts,
  trade: Trade,
  { id, payments }: OrderSnapshot,
): Promise<Told[]> {
  const here = new Set(
    payments.filter(({ tradeNo }) => tradeNo === trade.tradeNo).map(({ accountId }) => accountId),
  );
  const tellers = await trades.tellers(trade);
  return tellers.flatMap(({ accountId, orderId }) => {
    const toldOf = here.has(accountId) ? id : orderId;
    return toldOf === null ? [] : [{ accountId, orderId: toldOf }];
  });
}

function isOfAnotherPayee(own: PaymentAccount | null, other: PaymentAccount | null): boolean {
  const payees = [own?.gateway.payee, other?.gateway.payee];
  return !payees.includes(undefined) && payees[0] !== payees[1];
}

async function hasPayment(
  { gateway }: PaymentAccount,
  { tradeNo, money }: { readonly tradeNo: string; readonly money: Money },
  orderId: OrderId,
): Promise<"yes" | "no" | "unavailable"> {
  const status = await gateway.query({ orderId, money, reference: null });
  if (status.kind === "unavailable") return "unavailable";
  return status.kind === "paid" && status.tradeNo === tradeNo ? "yes" : "no";
}
