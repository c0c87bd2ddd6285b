import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentAccount,
  PaymentAccounts,
  PaymentOpenings,
  PaymentStatus,
} from "./payment-ports.ts";
import type { Clock, StockObjects } from "./ports.ts";

interface Ports {
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentOpenings: PaymentOpenings;
  readonly stock: StockObjects;
  readonly clock: Clock;
}

export interface GatewayAnswer {
  readonly status: PaymentStatus;
  /** As it is after what the gateway said. */
  readonly order: OrderSnapshot;
}

/**
 * Asks the order's gateway what has become of its payment, and gives what was paid to the order as a notice
 * would have: a notice that was lost is healed, one that comes after all changes nothing, since both name
 * the gateway's one number.
 */
export async function askGateway(
  ports: Ports,
  { order, stockNumber }: { readonly order: OrderSnapshot; readonly stockNumber: number },
): Promise<GatewayAnswer> {
  const { paymentAccountId } = order;
  const account =
    paymentAccountId === null ? null : await ports.paymentAccounts.account(paymentAccountId);
  if (account === null) return { status: { kind: "unsupported" }, order };
  const status = await statusAt(ports, account, order);
  if (status.kind !== "paid") return { status, order };
  const payment = {
    accountId: account.id,
    tradeNo: status.tradeNo,
    orderId: order.id,
    money: status.money,
    source: "query",
    reportedAtMs: ports.clock.nowMs(),
  } as const;
  const recorded = await ports.stock.of(stockNumber).recordPayment(payment, account.merchantId);
  return { status, order: recorded.order ?? order };
}

/** Where a computer and a phone opened a payment each, money in either counts. */
async function statusAt(
  { paymentOpenings }: Ports,
  { id: accountId, gateway }: PaymentAccount,
  { id: orderId, amountMinor, currency }: OrderSnapshot,
): Promise<PaymentStatus> {
  const devices = ["desktop", "phone"] as const;
  const opened = await Promise.all(
    devices.map((device) => paymentOpenings.find({ orderId, accountId, device })),
  );
  const references = new Set(opened.flatMap((row) => (row === null ? [] : [row.reference])));
  if (references.size === 0) references.add(null);
  const money = { amountMinor, currency };
  const statuses = await Promise.all(
    [...references].map((reference) => gateway.query({ orderId, money, reference })),
  );
  const [first = { kind: "unknown" }] = statuses;
  return statuses.find(({ kind }) => kind === "paid") ?? first;
}
