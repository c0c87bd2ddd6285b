import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import type { Receipt } from "../../domain/payments/notice-row.ts";
import { recordPaid } from "./accept-payment.ts";
import type {
  PaymentAccount,
  PaymentAccounts,
  PaymentOpenings,
  PaymentQuestion,
  PaymentStatus,
} from "./payment-ports.ts";
import type { Clock, NoticeInbox, StockObjects } from "../ports.ts";

interface Ports {
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentOpenings: PaymentOpenings;
  readonly stock: StockObjects;
  readonly notices: NoticeInbox;
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
  const { paymentAccountId, id: orderId, amountMinor, currency } = order;
  const account =
    paymentAccountId === null ? null : await ports.paymentAccounts.account(paymentAccountId);
  if (account === null) return { status: { kind: "unsupported" }, order };
  const references = await referencesOf(ports, account, orderId);
  const question = { orderId, money: { amountMinor, currency } };
  const status = await askAbout(ports, account, { ...question, references });
  if (status.kind !== "paid") return { status, order };
  const now = await ports.stock.of(stockNumber).order(orderId);
  return { status, order: now ?? order };
}

interface Question extends Pick<PaymentQuestion, "orderId" | "money"> {
  /** What the gateway calls what it opened for the order: none, or one for each device. */
  readonly references: readonly (string | null)[];
}

/**
 * Asks about one order of an account's. What was paid has been recorded, and is in the inbox, when this
 * answers. Throws where the object cannot take it: asking again heals it.
 */
export async function askAbout(
  ports: Pick<Ports, "stock" | "notices" | "clock">,
  account: PaymentAccount,
  question: Question,
): Promise<PaymentStatus> {
  const status = await statusAt(account, question);
  if (status.kind !== "paid") return status;
  const receipt: Receipt = {
    merchantId: account.merchantId,
    accountId: account.id,
    source: "query",
    ...(account.gateway.capabilities.signsAnswers ? {} : { unsigned: true }),
    raw: null,
    receivedAtMs: ports.clock.nowMs(),
  };
  const { tradeNo, money } = status;
  await recordPaid(ports, receipt, { tradeNo, orderRef: question.orderId, money });
  return status;
}

async function referencesOf(
  { paymentOpenings }: Ports,
  { id: accountId, gateway }: PaymentAccount,
  orderId: OrderId,
): Promise<readonly (string | null)[]> {
  const { query, opensByCall } = gateway.capabilities;
  const devices = query && opensByCall ? (["desktop", "phone"] as const) : [];
  const opened = await Promise.all(
    devices.map((device) => paymentOpenings.find({ orderId, accountId, device })),
  );
  return opened.flatMap((row) => (row === null ? [] : [row.reference]));
}

/** Where a computer and a phone opened a payment each, money in either counts. */
async function statusAt(
  { gateway }: PaymentAccount,
  { orderId, money, references }: Question,
): Promise<PaymentStatus> {
  if (!gateway.capabilities.query) return { kind: "unsupported" };
  const known = new Set(references.length === 0 ? [null] : references);
  const statuses = await Promise.all(
    [...known].map((reference) => gateway.query({ orderId, money, reference })),
  );
  const [first = { kind: "unknown" }] = statuses;
  return statuses.find(({ kind }) => kind === "paid") ?? first;
}
