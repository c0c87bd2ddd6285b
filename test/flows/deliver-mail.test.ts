import { describe, expect, it } from "vitest";
import { MAIL_ATTEMPTS_MAX, MAIL_LEASE_MS } from "../../src/domain/mail/delivery.ts";
import { deliveryId, type RefundId } from "../../src/domain/ids.ts";
import { deliverMail } from "../../src/flows/mail/deliver-mail.ts";
import { publishOrders } from "../../src/flows/orders/publish-orders.ts";
import { resendKeys } from "../../src/flows/mail/resend-keys.ts";
import type { MailSender } from "../../src/flows/ports.ts";
import { fulfilment, key, MERCHANT, NOW_MS, order } from "../store/fixtures.ts";
import { Crash, mailShop } from "../support/node/memory-mail.ts";

const KEYS_MAIL = deliveryId(order(1), "keys", 0);
const LATER_MS = NOW_MS + MAIL_LEASE_MS + 1;

/** Order 1 is delivered and its mail is due. */
async function deliveredShop() {
  const world = mailShop({ keys: 3 });
  world.shop.reserve(1, { quantity: 2, amountMinor: 2000 });
  world.shop.pay(1, { money: { amountMinor: 2000, currency: "CNY" } });
  await publishOrders(world.deps, [order(1)], NOW_MS);
  world.steps.taken = 0;
  return world;
}

function row({ book }: Awaited<ReturnType<typeof deliveredShop>>, id = KEYS_MAIL) {
  return book.rows.get(id);
}

function sender(name: string, send: MailSender["send"]): MailSender {
  return { name, send };
}

describe("a mail that is due", () => {
  it("carries the keys and the link of its order, to its buyer", async () => {
    const world = await deliveredShop();
    expect(await deliverMail(world.deps, KEYS_MAIL, NOW_MS)).toEqual({
      kind: "sent",
      sender: "memory",
    });
    const mail = world.provider.mails.get(KEYS_MAIL);
    expect(mail?.to).toBe("buyer-1@example.com");
    const keys = world.shop.order(1).keys.map(({ fingerprint }) => `secret-${fingerprint}`);
    expect(keys).toHaveLength(2);
    expect(mail?.text.split("\n")).toEqual(expect.arrayContaining(keys));
    expect(mail?.text).toContain(
      `https://shop.example.com/orders/${order(1)}?token=token-${order(1)}`,
    );
    expect(row(world)).toMatchObject({ state: "sent", sender: "memory", attempts: 1 });
  });

  it("is sent once, however often it is asked for", async () => {
    const world = await deliveredShop();
    await deliverMail(world.deps, KEYS_MAIL, NOW_MS);
    expect(await deliverMail(world.deps, KEYS_MAIL, LATER_MS)).toEqual({ kind: "not_due" });
    expect(world.provider.calls).toBe(1);
  });

  it("is sent once by two that want to at the same time", async () => {
    const world = await deliveredShop();
    const both = [1, 2].map(() => deliverMail(world.deps, KEYS_MAIL, NOW_MS));
    const kinds = (await Promise.all(both)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["not_due", "sent"]);
    expect(world.provider.calls).toBe(1);
  });

  it("waits while there is no sender, without an attempt", async () => {
    const world = await deliveredShop();
    const mute = { ...world.deps, mailSenders: [] };
    expect(await deliverMail(mute, KEYS_MAIL, NOW_MS)).toEqual({ kind: "waiting" });
    expect(row(world)).toMatchObject({ state: "queued", attempts: 0, lastError: "no_sender" });
    expect(world.book.due(NOW_MS + 60_000)).toEqual([]);
    expect(world.book.due(NOW_MS + 600_000)).toEqual([KEYS_MAIL]);
    expect(await deliverMail(world.deps, KEYS_MAIL, NOW_MS + 600_000)).toMatchObject({
      kind: "sent",
    });
  });

  it("waits while all senders have been down, without an attempt, and stays due for readiness to see", async () => {
    const world = await deliveredShop();
    let closedForMs = 5_000;
    const calls: string[] = [];
    const mailSenders = ["first", "second"].map((name) => ({
      ...sender(name, async () => {
        calls.push(name);
        return { kind: "sent", messageId: "m" };
      }),
      closedForMs: () => closedForMs,
    }));
    const deps = { ...world.deps, mailSenders };
    expect(await deliverMail(deps, KEYS_MAIL, NOW_MS)).toEqual({ kind: "waiting" });
    expect(row(world)).toMatchObject({ state: "queued", attempts: 0 });
    expect(world.book.due(NOW_MS)).toEqual([KEYS_MAIL]);
    expect(calls).toEqual([]);
    closedForMs = 0;
    expect(await deliverMail(deps, KEYS_MAIL, NOW_MS)).toMatchObject({ kind: "sent" });
  });

  it("leaves out the link where the shop does not know its address", async () => {
    const world = await deliveredShop();
    await deliverMail({ ...world.deps, settings: { publicOrigin: "" } }, KEYS_MAIL, NOW_MS);
    const mail = world.provider.mails.get(KEYS_MAIL);
    expect(mail?.text).not.toContain("http");
    expect(mail?.html).not.toContain("href");
  });

  it("that says we owe is not sent once it has been made good", async () => {
    const world = mailShop({ keys: 0, delivery: "auto" });
    world.shop.store.importKeys(
      { batchId: "kb_1" as never, part: "whole", label: null, dryRun: false, keys: [key("a")] },
      NOW_MS,
    );
    world.shop.reserve(1);
    world.shop.pastDeadline();
    world.shop.reserve(2);
    world.shop.pay(1);
    await publishOrders(world.deps, [order(1)], NOW_MS);
    const owed = deliveryId(order(1), "unfilled", 0);
    expect(world.book.due(NOW_MS)).toEqual([owed]);
    world.shop.store.fulfil(fulfilment(1, [key("made-good")]), NOW_MS);

    expect(await deliverMail(world.deps, owed, NOW_MS)).toEqual({ kind: "superseded" });
    expect(world.provider.calls).toBe(0);
    await publishOrders(world.deps, [order(1)], NOW_MS);
    expect(await deliverMail(world.deps, KEYS_MAIL, NOW_MS)).toMatchObject({ kind: "sent" });
  });

  it("waits while all of the money is on its way back, and leaves when the gateway will not", async () => {
    const world = await deliveredShop();
    const { store } = world.shop;
    const [payment] = store.order(order(1))?.payments ?? [];
    const refundId = "rfd_0000000000000000000q" as RefundId;
    store.beginRefund(
      {
        orderId: order(1),
        merchantId: MERCHANT,
        refundId,
        payment: payment ?? null,
        amountMinor: null,
        keys: "void",
        method: "gateway",
        reason: "asked for",
        refundNo: null,
        despiteDispute: false,
      },
      NOW_MS,
    );
    expect(await deliverMail(world.deps, KEYS_MAIL, NOW_MS)).toMatchObject({
      kind: "retrying",
      reason: "refund_under_way",
    });

    const end = { kind: "refused", reason: "NOT_ENOUGH" } as const;
    store.settleRefund({ orderId: order(1), refundId, end }, NOW_MS);
    expect(await deliverMail(world.deps, KEYS_MAIL, LATER_MS)).toMatchObject({ kind: "sent" });
  });
});

describe("a sender that says no", () => {
  it("for now: the next one takes the mail", async () => {
    const world = await deliveredShop();
    const [memory] = world.deps.mailSenders;
    const busy = sender("busy", async () => ({ kind: "refused", permanent: false, reason: "421" }));
    const deps = { ...world.deps, mailSenders: [busy, ...(memory ? [memory] : [])] };
    expect(await deliverMail(deps, KEYS_MAIL, NOW_MS)).toEqual({ kind: "sent", sender: "memory" });
  });

  it("by throwing: the next one takes the mail", async () => {
    const world = await deliveredShop();
    const [memory] = world.deps.mailSenders;
    const broken = sender("broken", () => Promise.reject(new Error("bug")));
    const deps = { ...world.deps, mailSenders: [broken, ...(memory ? [memory] : [])] };
    expect(await deliverMail(deps, KEYS_MAIL, NOW_MS)).toEqual({ kind: "sent", sender: "memory" });
  });

  it("for good: nobody else is asked, and the delivery has failed", async () => {
    const world = await deliveredShop();
    const [memory] = world.deps.mailSenders;
    const never = sender("never", async () => ({
      kind: "refused",
      permanent: true,
      reason: "550",
    }));
    const deps = { ...world.deps, mailSenders: [never, ...(memory ? [memory] : [])] };
    expect(await deliverMail(deps, KEYS_MAIL, NOW_MS)).toMatchObject({
      kind: "failed",
      reason: "never: 550",
    });
    expect(world.provider.calls).toBe(0);
    expect(row(world)).toMatchObject({ state: "failed", lastError: "never: 550" });
  });

  it("again and again: ever later, until the tries are used up and a person sees it", async () => {
    const world = await deliveredShop();
    world.provider.answer = { kind: "refused", permanent: false, reason: "450" };
    const delays: number[] = [];
    let nowMs = NOW_MS;
    for (let attempt = 1; attempt < MAIL_ATTEMPTS_MAX; attempt++) {
      const outcome = await deliverMail(world.deps, KEYS_MAIL, nowMs);
      if (outcome.kind !== "retrying") throw new Error(outcome.kind);
      delays.push(outcome.delaySeconds);
      expect(world.book.due(nowMs)).toEqual([]);
      nowMs += outcome.delaySeconds * 1000;
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(await deliverMail(world.deps, KEYS_MAIL, nowMs)).toMatchObject({ kind: "failed" });
    expect(row(world)).toMatchObject({ state: "failed", attempts: MAIL_ATTEMPTS_MAX });
  });

  it("a late answer of an attempt that lost its lease undoes nothing", async () => {
    const world = await deliveredShop();
    const [memory] = world.deps.mailSenders;
    const slow = sender("slow", async () => {
      // While it dawdles, its lease lapses and another attempt sends the mail.
      await deliverMail(
        { ...world.deps, mailSenders: memory ? [memory] : [] },
        KEYS_MAIL,
        LATER_MS,
      );
      return { kind: "refused", permanent: true, reason: "550" };
    });
    await deliverMail({ ...world.deps, mailSenders: [slow] }, KEYS_MAIL, NOW_MS);
    expect(row(world)).toMatchObject({ state: "sent", attempts: 2 });
  });
});

describe("an order that cannot be read", () => {
  it.each(["openKey", "accessToken"] as const)("%s throws: tried again later", async (broken) => {
    const world = await deliveredShop();
    const cause = new Error("no sealing key");
    const vault = { ...world.deps.vault, [broken]: () => Promise.reject(cause) };
    const outcome = await deliverMail({ ...world.deps, vault }, KEYS_MAIL, NOW_MS);
    expect(outcome).toMatchObject({ kind: "retrying", reason: "order_unreadable", cause });
    expect(row(world)).toMatchObject({ state: "retrying", lastError: "order_unreadable" });
  });
});

describe("a resend", () => {
  it("is a mail of its own, and the first one stays as it was", async () => {
    const world = await deliveredShop();
    await deliverMail(world.deps, KEYS_MAIL, NOW_MS);
    const { deliveryId: again } = await resendKeys(world.deps, world.shop.order(1), NOW_MS);
    expect(again).toBe(deliveryId(order(1), "keys", 1));
    expect(world.queue.at(-1)?.deliveryId).toBe(again);
    await deliverMail(world.deps, again, NOW_MS);
    expect([...world.provider.mails.keys()]).toEqual([KEYS_MAIL, again]);
  });

  it("of a mail that waits to be tried again is that mail, now", async () => {
    const world = await deliveredShop();
    world.provider.answer = { kind: "refused", permanent: false, reason: "450" };
    await deliverMail(world.deps, KEYS_MAIL, NOW_MS);
    world.provider.answer = null;
    const { deliveryId: again } = await resendKeys(world.deps, world.shop.order(1), NOW_MS + 1);
    expect(again).toBe(KEYS_MAIL);
    expect(await deliverMail(world.deps, KEYS_MAIL, NOW_MS + 1)).toMatchObject({ kind: "sent" });
  });

  it("whose answer was lost, asked for again, is one mail", async () => {
    const world = await deliveredShop();
    await deliverMail(world.deps, KEYS_MAIL, NOW_MS);
    world.steps.taken = 0;
    world.steps.breakAt = 1;
    await expect(resendKeys(world.deps, world.shop.order(1), NOW_MS)).rejects.toThrow(Crash);
    world.steps.mend();
    const { deliveryId: again } = await resendKeys(world.deps, world.shop.order(1), NOW_MS);
    await deliverMail(world.deps, again, NOW_MS);
    expect([...world.provider.mails.keys()]).toEqual([KEYS_MAIL, deliveryId(order(1), "keys", 1)]);
  });

  it("of an order that is not delivered is a bug of the caller's", async () => {
    const world = mailShop();
    world.shop.reserve(1);
    await expect(resendKeys(world.deps, world.shop.order(1), NOW_MS)).rejects.toThrow("pending");
    expect(world.book.rows.size).toBe(0);
  });
});

describe("a crash at any step, then the same message after the lease", async () => {
  const clean = await deliveredShop();
  await deliverMail(clean.deps, KEYS_MAIL, NOW_MS);
  const steps = Array.from({ length: clean.steps.taken }, (_, step) => step);

  it("has steps to break", () => expect(steps.length).toBeGreaterThanOrEqual(12));

  it.each(steps)("broken at step %i, the buyer has one mail", async (step) => {
    const world = await deliveredShop();
    world.steps.breakAt = step;
    await deliverMail(world.deps, KEYS_MAIL, NOW_MS).catch((error: unknown) =>
      expect(error).toBeInstanceOf(Crash),
    );
    world.steps.mend();
    await deliverMail(world.deps, KEYS_MAIL, LATER_MS);
    expect(world.provider.mails.size).toBe(1);
    expect(world.provider.mails.get(KEYS_MAIL)).toEqual(clean.provider.mails.get(KEYS_MAIL));
    expect(row(world)).toMatchObject({ state: "sent" });
  });
});
