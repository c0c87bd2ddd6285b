import { parseOrderId, type OrderId } from "../../src/domain/ids.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { fulfilOrder } from "../../src/flows/orders/fulfil-order.ts";
import { importKeys } from "../../src/flows/stock/import-keys.ts";
import { markOrderPaid } from "../../src/flows/payments/mark-order-paid.ts";
import { reviewOrder } from "../../src/flows/orders/review-order.ts";
import { configureShards } from "../../src/flows/stock/shards.ts";
import type { Acting } from "./acting.ts";
import type { Import } from "./operations.ts";
import type { Random } from "./random.ts";
import type { ProductNumber } from "./shop.ts";

export async function addKeys(acting: Acting, operation: Import, random: Random): Promise<void> {
  const { product: number, batch, first, count, livesMs } = operation;
  const { product } = acting.world.shop.listing(number);
  const { timeline } = acting.world;
  const keys = Array.from({ length: count }, (_, place) => ({
    line: place + 1,
    secret: `k-${number}-${first + place}`,
    note: null,
    variantId: number === 2 ? ([null, "m", "y"][(first + place) % 3] ?? null) : null,
    expiresAtMs: livesMs === null ? null : timeline.nowMs + livesMs,
    costMinor: null,
  }));
  acting.auditor.answers.given(
    number,
    keys.map((key) => `${product.merchantId}/${key.secret}`),
  );
  const file = { keys, duplicates: [], rejected: [], blank: 0 };
  const bytes = new Uint8Array(13).fill(batch * 8 + number);
  const author = { merchantId: product.merchantId, actor: "operator", atMs: timeline.nowMs };
  const request = { product, file, label: null, dryRun: false, random: bytes };
  for (let round = 0; round <= operation.repeats; round++) {
    const report = await acting.ask(random, (edge) => importKeys(edge, author, request), 1_000);
    if (report !== null) acting.auditor.answers.imported(number, report, count);
  }
}

export async function fulfil(
  acting: Acting,
  operation: { readonly n: number; readonly act: number; readonly spare: number },
  random: Random,
): Promise<void> {
  const known = acting.known.get(operation.n);
  const order = acting.orders.get(operation.n);
  if (known === undefined || order === undefined) return;
  const { product } = acting.world.shop.listing(order.product);
  const keys = Array.from({ length: known.quantity + operation.spare }, (_, place) => ({
    line: place + 1,
    secret: `hand-${operation.n}-${operation.act}-${place}`,
    note: null,
    variantId: null,
    expiresAtMs: null,
    costMinor: null,
  }));
  acting.auditor.answers.given(
    order.product,
    keys.map((key) => `${product.merchantId}/${key.secret}`),
  );
  const author = {
    merchantId: product.merchantId,
    actor: "operator",
    atMs: acting.world.timeline.nowMs,
  };
  const stockNumber = numberIn(known.id);
  const act = { product, order: known, stockNumber, keys, requestId: `act-${operation.act}` };
  const answer = await acting.ask(random, (edge) => fulfilOrder(edge, author, act));
  if (answer !== null) acting.auditor.answers.changed(known.id, "fulfil", answer);
}

export async function markPaid(acting: Acting, n: number, random: Random): Promise<void> {
  const known = acting.known.get(n);
  if (known === undefined) return;
  const author = {
    merchantId: known.merchantId,
    actor: "operator",
    atMs: acting.world.timeline.nowMs,
  };
  const answer = await acting.ask(random, async (edge) => {
    const now = await edge.stock.of(numberIn(known.id)).order(known.id);
    if (now === null) return null;
    return markOrderPaid(edge, author, { order: now, stockNumber: numberIn(known.id), note: null });
  });
  if (answer?.ok === true) acting.auditor.answers.seen(answer.value);
}

export async function review(
  acting: Acting,
  { n, word }: { readonly n: number; readonly word: "approve" | "reject" },
  random: Random,
): Promise<void> {
  const known = acting.known.get(n);
  if (known === undefined) return;
  const stockNumber = numberIn(known.id);
  const author = {
    merchantId: known.merchantId,
    actor: "operator",
    atMs: acting.world.timeline.nowMs,
  };
  const act = { order: known, stockNumber, word, note: null };
  const answer = await acting.ask(random, (edge) => reviewOrder(edge, author, act));
  if (answer !== null) acting.auditor.answers.changed(known.id, word, answer);
}

export async function edit(
  acting: Acting,
  operation: { readonly product: ProductNumber; readonly priceMinor: number },
  random: Random,
): Promise<void> {
  const { shop } = acting.world;
  const { priceMinor } = shop.listing(operation.product).product.terms;
  if (priceMinor === 0) return;
  const terms = shop.edit(operation.product, { priceMinor: operation.priceMinor });
  await push(acting, terms, random);
}

/** As saving a product does. It may be lost: a buyer's order makes the object and D1 agree. */
async function push(acting: Acting, terms: Terms, random: Random): Promise<void> {
  await acting.ask(random, (edge) => configureShards(edge.stock, terms), 1);
}

export async function announce(acting: Acting, product: number, random: Random): Promise<void> {
  await push(acting, acting.world.shop.listing(product).product.terms, random);
}

function numberIn(id: OrderId): number {
  const parsed = parseOrderId(id);
  if (parsed === null) throw new Error(`${id} is no order's id`);
  return parsed.stockNumber;
}
