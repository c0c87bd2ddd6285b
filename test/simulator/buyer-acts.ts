import { orderId, parseOrderId, type OrderId } from "../../src/domain/ids.ts";
import { quote } from "../../src/domain/product/pricing.ts";
import { lookUpOrders } from "../../src/flows/orders/look-up-orders.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/orders/place-order.ts";
import { homeOf } from "../../src/flows/stock/shards.ts";
import { openKeys } from "../../src/flows/orders/show-order.ts";
import { DOUBTED_DOMAIN } from "../support/node/no-risk.ts";
import type { Acting } from "./acting.ts";
import { ticketFor } from "./drops.ts";
import type { Order } from "./operations.ts";
import type { Random } from "./random.ts";
import { merchantOf } from "./shop.ts";

export async function place(acting: Acting, operation: Order, random: Random): Promise<void> {
  const request = await requestOf(acting, operation);
  const placed = await acting.ask(random, (edge) => placeOrder(edge, request));
  acting.auditor.answers.placed(request, await orderIdOf(acting, operation), placed);
  if (placed === null) return;
  if (placed.ok) acting.known.set(operation.n, placed.value.order);
  if (operation.afterwards === "nothing") return;
  await acting.world.timeline.sleep(operation.afterwardsMs);
  const other = { ...request, quantity: (request.quantity % 5) + 1 };
  const second = operation.afterwards === "other" ? other : request;
  const again = await acting.ask(random, (edge) => placeOrder(edge, second));
  if (again === null || !placed.ok) return;
  acting.auditor.answers.placedAgain(placed.value.order, operation.afterwards, again);
}

async function requestOf(acting: Acting, operation: Order): Promise<OrderRequest> {
  const { product, quantity, variant, saysSum } = operation;
  const listing = acting.world.shop.listing(product);
  const seen = quote(listing.product.terms, variant, quantity);
  return {
    merchantId: merchantOf(product),
    product: listing.product.id,
    variantId: variant,
    quantity,
    email: emailOf(operation),
    locale: "en",
    paymentMethod: "epay",
    fields: {},
    lookupPassword: null,
    coupon: null,
    expectedAmountMinor: saysSum && seen.ok ? seen.value.amountMinor : null,
    idempotencyKey: `key-${operation.n}`,
    ticket: await ticketFor(acting.vault, listing.product.terms, emailOf(operation)),
    challenge: null,
    caller: { network: "192.0.2.1", country: null, asn: null, device: null },
    surface: "desktop",
  };
}

/** The order that this buyer's words name, whether it is there or not. */
export async function orderIdOf(acting: Acting, order: Order): Promise<OrderId> {
  const { product } = acting.world.shop.listing(order.product);
  const key = `key-${order.n}`;
  const digest = await acting.vault.orderDigest(product.id, emailOf(order), key);
  return orderId(await homeOf(acting.vault, product.terms, emailOf(order)), digest);
}

function emailOf({ buyer, doubted }: Order): string {
  return `buyer-${buyer}@${doubted ? DOUBTED_DOMAIN : "example.com"}`;
}

export async function cancel(
  acting: Acting,
  operation: { readonly n: number; readonly by: "buyer" | "merchant" },
  random: Random,
): Promise<void> {
  const known = acting.known.get(operation.n);
  const number = parseOrderId(known?.id ?? "")?.stockNumber;
  if (known === undefined || number === undefined) return;
  const request = { orderId: known.id, by: operation.by };
  const answer = await acting.ask(random, (edge) => edge.stock.of(number).cancel(request));
  if (answer !== null) acting.auditor.answers.changed(known.id, "cancel", answer);
}

/** Looks the order up, as its buyer or with an e-mail that is not theirs, and reads its keys. */
export async function look(
  acting: Acting,
  operation: { readonly n: number; readonly as: "buyer" | "stranger" },
  random: Random,
): Promise<void> {
  const known = acting.known.get(operation.n);
  if (known === undefined) return;
  const isTheirs = operation.as === "buyer";
  const asked = { orderId: known.id, email: isTheirs ? known.email : "stranger@example.com" };
  const found = await acting.ask(random, async (edge) => {
    const orders = await lookUpOrders(edge, known.merchantId, asked);
    return Promise.all(
      orders.map(async ({ order }) => {
        const keys = await openKeys(edge.vault, order);
        return { order, secrets: keys.map((key) => key.secret) };
      }),
    );
  });
  if (found !== null) acting.auditor.answers.lookedUp({ ...asked, isTheirs }, found);
}
