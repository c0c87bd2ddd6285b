import { newId, parseOrderId } from "../../../src/domain/ids.ts";
import { refundOrder } from "../../../src/flows/refunds/refund-order.ts";
import type { Acting } from "../acting.ts";
import { tellOf } from "../gateway-acts.ts";
import type { DeskRefund, Refund } from "../operations.ts";
import { mixed } from "../platform-crypto.ts";
import type { Random } from "../random.ts";
import { accountOf, merchantOf, ownerOf } from "../shop.ts";
import { SimulatedGateway } from "./gateway.ts";
import { moneyOf } from "./money-edge.ts";

/** The merchant gives back, through the gateway; who hears nothing asks again under the same id. */
export async function refund(acting: Acting, operation: Refund, random: Random): Promise<void> {
  const known = acting.known.get(operation.n);
  const stockNumber = parseOrderId(known?.id ?? "")?.stockNumber;
  if (known === undefined || stockNumber === undefined) return;
  const { merchantId } = known;
  const author = { merchantId, actor: "operator", atMs: acting.world.timeline.nowMs };
  const { n, act, sum, keys } = operation;
  const refundId = newId("refund", mixed(`refund ${n} ${act}`));
  acting.world.money?.keyWishes.set(refundId, keys);
  await acting.ask(random, async (edge) => {
    const order = await edge.stock.of(stockNumber).order(known.id);
    if (order === null) return null;
    return refundOrder(moneyOf(edge), author, {
      order,
      stockNumber,
      refundId,
      payment: null,
      amountMinor: sum === "half" ? Math.ceil(known.amountMinor / 2) : null,
      keys,
      method: "gateway",
      reason: "asked for",
    });
  });
}

/** Money that goes back past the shop, of the order's first charge. */
export async function deskRefund(
  acting: Acting,
  { n, sum, noticesAfterMs }: DeskRefund,
  random: Random,
): Promise<void> {
  const order = acting.orders.get(n);
  const known = acting.known.get(n);
  const { money, timeline } = acting.world;
  if (order === undefined || known === undefined || money === null) return;
  const merchantId = merchantOf(order.product);
  const { books } = money.gateway(accountOf(merchantId));
  const charge = books.chargeOf(known.id);
  if (charge === undefined) return;
  const leftMinor = books.leftMinor(charge);
  const amountMinor = sum === "half" ? Math.ceil(leftMinor / 2) : leftMinor;
  const back = books.giveBack(charge, {
    refundNo: `desk-${n}`,
    by: "desk",
    amountMinor,
    atMs: timeline.nowMs,
  });
  if (back === null) return;
  await Promise.all(
    noticesAfterMs.map(async (ms) => {
      await timeline.sleep(ms);
      await tellOf(acting, merchantId, SimulatedGateway.reading(back), random);
    }),
  );
}

/** From now on the gateway's own word of a refund is brought to the shop, until it is heard. */
export function listen(
  acting: Acting,
  gateway: SimulatedGateway,
  random: Random,
  count: (by: 1 | -1) => void,
): void {
  const merchantId = ownerOf(gateway.books.accountId);
  if (merchantId === null) return;
  gateway.tell = (reading) => {
    count(1);
    tellOf(acting, merchantId, reading, random.fork(JSON.stringify(reading)))
      .catch((error: unknown) =>
        acting.auditor.broken("an operation ends in an answer", String(error)),
      )
      .finally(() => count(-1));
  };
}
