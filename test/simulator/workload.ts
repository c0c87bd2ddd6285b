import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { orderId, type OrderId } from "../../src/domain/ids.ts";
import type { Money } from "../../src/domain/money.ts";
import { quote } from "../../src/domain/pricing.ts";
import { acceptPayment } from "../../src/flows/accept-payment.ts";
import { fulfilOrder } from "../../src/flows/fulfil-order.ts";
import { importKeys } from "../../src/flows/import-keys.ts";
import { markOrderPaid } from "../../src/flows/mark-order-paid.ts";
import type { NoticeReading } from "../../src/flows/ports.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/place-order.ts";
import type { Auditor } from "./auditor.ts";
import { edgeOf } from "./edge.ts";
import type { Operation, Import, Order, Pay } from "./operations.ts";
import type { PlantedFault } from "./planted-fault.ts";
import type { Random } from "./random.ts";
import { accountOf, merchantOf, otherMerchant, type ProductNumber } from "./shop.ts";
import type { World } from "./world.ts";

/** A caller who got no answer asks again this often; a gateway does not give up. */
const TRIES_MAX = 4;

/**
 * Does what the script says, through the flows, as the buyers, the gateways and the merchants
 * would: who gets no answer does not know, and asks again with the same words. It tells the auditor
 * what was asked and what was answered, and judges nothing.
 */
export class Workload {
  /** Operations that are under way. */
  running = 0;
  /** Orders as their buyers know them. */
  readonly #known = new Map<number, OrderSnapshot>();
  readonly #orders = new Map<number, Order>();
  readonly #world: World;
  readonly #auditor: Auditor;
  readonly #fault: PlantedFault;

  constructor(world: World, auditor: Auditor, fault: PlantedFault) {
    this.#world = world;
    this.#auditor = auditor;
    this.#fault = fault;
  }

  begin(script: readonly Operation[]): void {
    const { timeline } = this.#world;
    for (const operation of script) {
      if (operation.kind === "order") this.#orders.set(operation.n, operation);
      this.running++;
      timeline.at(timeline.startMs + operation.atMs, () => void this.#do(operation));
    }
  }

  async #do(operation: Operation): Promise<void> {
    const random = this.#world.random.fork(JSON.stringify(operation));
    try {
      await this.#act(operation, random);
    } catch (error) {
      this.#auditor.broken("an operation ends in an answer", String(error));
    } finally {
      this.running--;
    }
  }

  #act(operation: Operation, random: Random): Promise<void> | void {
    const { network, timeline } = this.#world;
    switch (operation.kind) {
      case "order":
        return this.#order(operation, random);
      case "pay":
        return this.#pay(operation, random);
      case "cancel":
        return this.#cancel(operation, random);
      case "import":
        return this.#import(operation, random);
      case "fulfil":
        return this.#fulfil(operation, random);
      case "mark_paid":
        return this.#markPaid(operation.n, random);
      case "edit":
        return this.#edit(operation, random);
      case "kill":
        return this.#world.object(operation.product).die(operation.place);
      case "down":
        network.down.add(operation.what);
        timeline.at(timeline.nowMs + operation.forMs, () => network.down.delete(operation.what));
        return;
      case "skew":
        if (operation.product === null) this.#world.edgeSkewMs = operation.byMs;
        else this.#world.object(operation.product).setSkew(operation.byMs);
        return;
      default:
        return operation satisfies never;
    }
  }

  /** Asks until there is an answer; null where there was none after all the tries. */
  async #ask<T>(
    random: Random,
    work: (edge: ReturnType<typeof edgeOf>) => Promise<T>,
    triesMax = TRIES_MAX,
  ): Promise<T | null> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const process = this.#world.process(`${random.int(0, 2 ** 31)}`);
      try {
        return await process.run(() => work(edgeOf(this.#world, process)));
      } catch (error) {
        this.#auditor.unanswered(error);
        await this.#world.timeline.sleep(random.int(0, Math.min(600_000, 500 * 3 ** tries)));
      }
    }
    return null;
  }

  async #order(operation: Order, random: Random): Promise<void> {
    const request = this.#request(operation, random);
    const placed = await this.#ask(random, (edge) => placeOrder(edge, request));
    if (placed === null) return;
    this.#auditor.placed(request, placed);
    if (placed.ok) this.#known.set(operation.n, placed.value.order);
    if (operation.afterwards === "nothing") return;
    const other = { ...request, quantity: (request.quantity % 5) + 1 };
    const second = operation.afterwards === "other" ? other : request;
    const again = await this.#ask(random, (edge) => placeOrder(edge, second));
    if (again === null || !placed.ok) return;
    this.#auditor.placedAgain(placed.value.order, operation.afterwards, again);
  }

  #request(operation: Order, random: Random): OrderRequest {
    const { product, quantity, variant, saysSum } = operation;
    const listing = this.#world.shop.remembered(
      product,
      this.#world.timeline.nowMs,
      random.chance(0.5),
    );
    const seen = quote(listing.product.terms, variant, quantity);
    return {
      merchantId: merchantOf(product),
      product: listing.product.id,
      variantId: variant,
      quantity,
      email: this.#email(operation),
      locale: "en",
      paymentMethod: "epay",
      fields: {},
      lookupPassword: null,
      coupon: null,
      expectedAmountMinor: saysSum && seen.ok ? seen.value.amountMinor : null,
      idempotencyKey: `key-${operation.n}`,
    };
  }

  #email({ buyer }: Order): string {
    return `buyer-${buyer}@example.com`;
  }

  /** The gateway has the money from now on, and says so until it is heard. */
  async #pay(operation: Pay, random: Random): Promise<void> {
    const order = this.#orders.get(operation.n);
    if (order === undefined) return;
    const known = this.#known.get(operation.n);
    if (known === undefined && !operation.blind) return;
    const { timeline, shop } = this.#world;
    const merchantId = operation.astray
      ? otherMerchant(merchantOf(order.product))
      : merchantOf(order.product);
    const account = { id: accountOf(merchantId), merchantId };
    const price = shop.listing(order.product).product.terms.priceMinor * order.quantity;
    const money = wrongSum(operation.sum, {
      amountMinor: known?.amountMinor ?? price,
      currency: "CNY",
    });
    const tradeNo = `t-${operation.tradeOf}-${operation.trade}`;
    const orderRef = known?.id ?? (await this.#orderId(order));
    if (money.amountMinor === 0) return;

    const notify = async (reading: NoticeReading): Promise<void> => {
      const answer = await this.#ask(
        random,
        (edge) => this.#accept(() => acceptPayment(edge, account, reading)),
        Number.POSITIVE_INFINITY,
      );
      if (answer !== null) this.#auditor.notified(account, reading, answer);
    };
    if (operation.notPaidFirst) {
      await notify({ kind: "not_paid", tradeNo, orderRef, status: "WAIT" });
    }
    const paid = { kind: "paid", tradeNo, orderRef, money } as const;
    this.#auditor.money(account, paid);
    await Promise.all(
      operation.noticesAfterMs.map(async (ms) => {
        await timeline.sleep(ms);
        await notify(paid);
      }),
    );
  }

  async #accept(work: () => ReturnType<typeof acceptPayment>): ReturnType<typeof acceptPayment> {
    if (this.#fault.swallowsErrors === undefined) return work();
    try {
      return await work();
    } catch {
      return { kind: "unmatched" };
    }
  }

  async #cancel(
    operation: { readonly n: number; readonly by: "buyer" | "merchant" },
    random: Random,
  ): Promise<void> {
    const known = this.#known.get(operation.n);
    const order = this.#orders.get(operation.n);
    if (known === undefined || order === undefined) return;
    const request = { orderId: known.id, by: operation.by };
    const answer = await this.#ask(random, (edge) => edge.stock.of(order.product).cancel(request));
    if (answer !== null) this.#auditor.changed(known.id, "cancel", answer);
  }

  async #import(operation: Import, random: Random): Promise<void> {
    const { product: number, batch, first, count, livesMs } = operation;
    const { product } = this.#world.shop.listing(number);
    const { timeline } = this.#world;
    const keys = Array.from({ length: count }, (_, place) => ({
      line: place + 1,
      secret: `k-${number}-${first + place}`,
      note: null,
      variantId: number === 2 ? ([null, "m", "y"][(first + place) % 3] ?? null) : null,
      expiresAtMs: livesMs === null ? null : timeline.nowMs + livesMs,
      costMinor: null,
    }));
    this.#auditor.given(
      number,
      keys.map((key) => `${product.merchantId}/${key.secret}`),
    );
    const file = { keys, duplicates: [], rejected: [], blank: 0 };
    const bytes = new Uint8Array(13).fill(batch * 8 + number);
    const author = { merchantId: product.merchantId, actor: "operator", atMs: timeline.nowMs };
    const request = { product, file, label: null, dryRun: false, random: bytes };
    for (let round = 0; round <= operation.repeats; round++) {
      const report = await this.#ask(random, (edge) => importKeys(edge, author, request), 1_000);
      if (report !== null) this.#auditor.imported(number, report, count);
    }
  }

  async #fulfil(
    operation: { readonly n: number; readonly act: number; readonly spare: number },
    random: Random,
  ): Promise<void> {
    const known = this.#known.get(operation.n);
    const order = this.#orders.get(operation.n);
    if (known === undefined || order === undefined) return;
    const { product } = this.#world.shop.listing(order.product);
    const keys = Array.from({ length: known.quantity + operation.spare }, (_, place) => ({
      line: place + 1,
      secret: `hand-${operation.n}-${operation.act}-${place}`,
      note: null,
      variantId: null,
      expiresAtMs: null,
      costMinor: null,
    }));
    this.#auditor.given(
      order.product,
      keys.map((key) => `${product.merchantId}/${key.secret}`),
    );
    const author = {
      merchantId: product.merchantId,
      actor: "operator",
      atMs: this.#world.timeline.nowMs,
    };
    const act = { product, order: known, keys, requestId: `act-${operation.act}` };
    const answer = await this.#ask(random, (edge) => fulfilOrder(edge, author, act));
    if (answer !== null) this.#auditor.changed(known.id, "fulfil", answer);
  }

  async #markPaid(n: number, random: Random): Promise<void> {
    const known = this.#known.get(n);
    const order = this.#orders.get(n);
    if (known === undefined || order === undefined) return;
    const author = {
      merchantId: known.merchantId,
      actor: "operator",
      atMs: this.#world.timeline.nowMs,
    };
    const answer = await this.#ask(random, async (edge) => {
      const now = await edge.stock.of(order.product).order(known.id);
      if (now === null) return null;
      return markOrderPaid(edge, author, { order: now, productNumber: order.product, note: null });
    });
    if (answer?.ok === true) this.#auditor.seen(answer.value);
  }

  async #edit(
    operation: { readonly product: ProductNumber; readonly priceMinor: number },
    random: Random,
  ): Promise<void> {
    const { shop, timeline } = this.#world;
    const { priceMinor } = shop.listing(operation.product).product.terms;
    if (priceMinor === 0) return;
    const terms = shop.edit(
      operation.product,
      { priceMinor: operation.priceMinor },
      timeline.nowMs,
    );
    // The push may be lost: a buyer's order makes the object and D1 agree.
    await this.#ask(random, (edge) => edge.stock.of(operation.product).configure(terms), 1);
  }

  async #orderId(order: Order): Promise<OrderId> {
    const { product } = this.#world.shop.listing(order.product);
    const key = `key-${order.n}`;
    return orderId(
      order.product,
      await this.#world.vault.orderDigest(product.id, this.#email(order), key),
    );
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
