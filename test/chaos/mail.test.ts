import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import { parseOrderId } from "../../src/domain/ids.ts";
import type { Mail, MailSender } from "../../src/flows/ports.ts";
import { depsFor, type Deps } from "../../src/platform/deps.ts";
import { consume } from "../../src/queues/consume.ts";
import { runSchedule } from "../../src/scheduled/run-schedule.ts";
import { isolate } from "../support/worker/isolate.ts";
import { readOrder } from "../support/worker/notices.ts";
import {
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** A mail provider that is down, for an hour and for a day. Time and the queues are the test's. */
const MINUTE_MS = 60_000;
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;
let nowMs: number;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => {
  nowMs = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => nowMs);
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A post office: a provider that may be down, and the queue on the way to it. */
class PostOffice {
  readonly mails: Mail[] = [];
  down = true;
  readonly deps: Deps;
  /** The Worker that puts its mails into this queue. */
  readonly through: ReturnType<typeof isolate>;
  readonly #queued: unknown[] = [];

  constructor() {
    const send: MailSender["send"] = async (mail) => {
      if (this.down) return { kind: "refused", permanent: false, reason: "connection timed out" };
      this.mails.push(mail);
      return { kind: "sent", messageId: mail.id };
    };
    const take = async (messages: Iterable<{ body: unknown }>) => {
      for (const { body } of messages) this.#queued.push(body);
    };
    // Only what an outlet calls.
    const queue = { sendBatch: take } as unknown as Queue;
    this.through = isolate({ DELIVERY_EMAILS: queue });
    this.deps = depsFor(this.through.bindings, { mailSenders: () => [{ name: "post", send }] });
  }

  /** A minute of the shop's life: the schedule, and the consumer of what it asked for. */
  async minute(): Promise<void> {
    nowMs += MINUTE_MS;
    await runSchedule(createScheduledController(), this.deps);
    if (this.#queued.length > 0) await this.consume("delivery-emails", this.#queued.splice(0));
  }

  async consume(queue: string, bodies: readonly unknown[]): Promise<void> {
    const messages = bodies.map((body, n) => ({
      id: `m${n}`,
      timestamp: new Date(nowMs),
      attempts: 1,
      body,
    }));
    const batch = createMessageBatch(queue, messages);
    await consume(batch, this.deps);
    await getQueueResult(batch, createExecutionContext());
  }
}

/** Bought and published; nobody but this post office hears of it. */
async function bought(office: PostOffice, key: string) {
  const product = await stockedProduct(shop, [key]);
  const order = await placeOrder(shop, product.id);
  const number = parseOrderId(order.id)?.stockNumber ?? 0;
  const silent = { ...env, ORDER_EVENTS: { send: () => Promise.resolve() } };
  await runInDurableObject(
    env.PRODUCT_STOCK.getByName(stockName(number)),
    (instance: ProductStock) => {
      Object.defineProperty(instance, "env", { value: silent });
    },
  );
  await sendNotice(shop, order);
  const orders = [{ orderId: order.id, version: 2 }];
  await office.consume("order-events", [{ v: 1, kind: "orders_changed", orders }]);
  return order;
}

async function deliveryState(order: { id: string }): Promise<string | undefined> {
  const { results } = await env.DB.prepare("SELECT state FROM deliveries WHERE order_id = ?1")
    .bind(order.id)
    .all<{ state: string }>();
  return results[0]?.state;
}

describe("mail is down", () => {
  test("for an hour: the keys are on the order's page all the while, and one mail leaves when it is back", async () => {
    const office = new PostOffice();
    const order = await bought(office, "mail-down-hour");
    for (let minute = 0; minute < 60; minute++) await office.minute();
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["mail-down-hour"] });
    expect(office.mails).toEqual([]);
    office.down = false;
    for (let minute = 0; minute < 60 && office.mails.length === 0; minute++) await office.minute();
    await office.minute();
    expect(office.mails).toHaveLength(1);
    expect(office.mails[0]?.text).toContain("mail-down-hour");
    expect(await deliveryState(order)).toBe("sent");
  });

  test("for a day: a person sees that it failed and sends it anew; the keys were on the page all the while", async () => {
    const office = new PostOffice();
    const order = await bought(office, "mail-down-day");
    for (let hour = 0; hour < 24; hour++) {
      nowMs += 59 * MINUTE_MS;
      await office.minute();
    }
    expect(await deliveryState(order)).toBe("failed");
    expect(office.mails).toEqual([]);
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["mail-down-day"] });
    office.down = false;
    const resend = { method: "POST", ...office.through };
    expect((await shop.admin(`/orders/${order.id}/resend`, resend)).status).toBe(200);
    for (let minute = 0; minute < 5; minute++) await office.minute();
    expect(office.mails.filter(({ text }) => text.includes("mail-down-day"))).toHaveLength(1);
  });
});
