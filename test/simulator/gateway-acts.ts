import type { MerchantId } from "../../src/domain/ids.ts";
import type { Money } from "../../src/domain/money.ts";
import { acceptPayment } from "../../src/flows/payments/accept-payment.ts";
import type { NoticeReading } from "../../src/flows/ports.ts";
import type { Acting } from "./acting.ts";
import { orderIdOf } from "./buyer-acts.ts";
import type { Pay } from "./operations.ts";
import type { Random } from "./random.ts";
import { accountOf, merchantOf, otherMerchant } from "./shop.ts";

/** A gateway says it until it is heard. */
export async function tellOf(
  acting: Acting,
  merchantId: MerchantId,
  reading: NoticeReading,
  random: Random,
): Promise<void> {
  const account = { id: accountOf(merchantId), merchantId, gateway: {} };
  const answer = await acting.ask(
    random,
    (edge) => accept(acting, () => acceptPayment(edge, account, { reading, raw: null })),
    Number.POSITIVE_INFINITY,
  );
  if (answer !== null) acting.auditor.answers.notified(account, reading, answer);
}

/** The gateway has the money from now on, and says so until it is heard. */
export async function pay(acting: Acting, operation: Pay, random: Random): Promise<void> {
  const order = acting.orders.get(operation.n);
  if (order === undefined) return;
  const known = acting.known.get(operation.n);
  if (known === undefined && !operation.blind) return;
  const { timeline, shop } = acting.world;
  const merchantId = operation.astray
    ? otherMerchant(merchantOf(order.product))
    : merchantOf(order.product);
  const account = { id: accountOf(merchantId) };
  const price = shop.listing(order.product).product.terms.priceMinor * order.quantity;
  const money = wrongSum(operation.sum, {
    amountMinor: known?.amountMinor ?? price,
    currency: "CNY",
  });
  const tradeNo = `t-${operation.tradeOf}-${operation.trade}`;
  const orderRef = known?.id ?? (await orderIdOf(acting, order));
  if (money.amountMinor === 0) return;

  const notify = (reading: NoticeReading) => tellOf(acting, merchantId, reading, random);
  if (operation.notPaidFirst) {
    await notify({ kind: "not_paid", tradeNo, orderRef, status: "WAIT" });
  }
  const paid = { kind: "paid", tradeNo, orderRef, money } as const;
  const isTold = operation.noticesAfterMs.length > 0;
  acting.auditor.answers.money(account, paid, isTold);
  const heldUntilMs = known?.expiresAtMs ?? 0;
  const isFitting = !operation.astray && operation.trade === 0 && operation.sum === "exact";
  acting.world.money?.charge(account.id, {
    tradeNo,
    orderRef,
    money,
    atMs: timeline.nowMs,
    isTold,
    inHold: isFitting && timeline.nowMs < heldUntilMs,
    heldUntilMs,
  });
  await Promise.all(
    operation.noticesAfterMs.map(async (ms) => {
      await timeline.sleep(ms);
      await notify(paid);
    }),
  );
}

async function accept(
  acting: Acting,
  work: () => ReturnType<typeof acceptPayment>,
): ReturnType<typeof acceptPayment> {
  if (acting.fault.swallowsErrors === undefined) return work();
  try {
    return await work();
  } catch {
    return { kind: "unmatched" };
  }
}

function wrongSum(sum: Pay["sum"], { amountMinor, currency }: Money): Money {
  switch (sum) {
    case "exact":
      return { amountMinor, currency };
    case "cent_less":
      return { amountMinor: Math.max(0, amountMinor - 1), currency };
    case "cent_more":
      return { amountMinor: amountMinor + 1, currency };
    case "double":
      return { amountMinor: 2 * amountMinor, currency };
    case "currency":
      return { amountMinor, currency: "USD" };
    default:
      return sum satisfies never;
  }
}
