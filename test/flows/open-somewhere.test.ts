import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import type { PayableAccount } from "../../src/domain/payments/choice.ts";
import { openSomewhere } from "../../src/flows/payments/open-somewhere.ts";
import type {
  Opening,
  PaymentAccount,
  PaymentGateway,
  Slow,
} from "../../src/flows/payments/payment-ports.ts";
import { placeOrder } from "../../src/flows/orders/place-order.ts";
import { MERCHANT } from "../store/fixtures.ts";
import { listing, memoryShop } from "../support/node/memory-shop.ts";
import { payable } from "../support/node/payable.ts";

const NAMES = ["x", "y", "z"] as const;
const idOf = (name: string) => `acct_${name}` as AccountId;
const down: Opening = { kind: "unavailable", reason: "timeout", retryAfterSeconds: null };
const refused: Opening = { kind: "refused", reason: "closed" };
const openedAt = (id: AccountId): Opening => ({
  kind: "opened",
  action: { action: "redirect", url: `https://pay.example.com/${id}` },
  reference: null,
});

/** A shop with an order that may move, at accounts that open or do not. */
async function world(accounts: readonly PayableAccount[]) {
  const shop = memoryShop({ remembered: { ...listing(), accounts } });
  const placed = await placeOrder(shop, {
    merchantId: MERCHANT,
    product: "starter-key",
    variantId: null,
    quantity: 1,
    email: "buyer@example.com",
    locale: "en",
    paymentMethod: "epay",
    surface: "desktop",
    fields: {},
    lookupPassword: null,
    coupon: null,
    expectedAmountMinor: null,
    idempotencyKey: "a-key-of-this-page-0001",
    ticket: null,
    challenge: null,
    caller: { network: "192.0.2.1", country: null, asn: null, device: null },
  });
  if (!placed.ok) throw new Error(placed.error.reason);
  const asked: AccountId[] = [];
  const hurried: AccountId[] = [];
  const slow = new Set<AccountId>();
  const ports = {
    ...shop,
    openingPace: {
      // As it is in an isolate: an account that is slow is asked, and left behind.
      async within(id: AccountId, open: () => Promise<Opening>): Promise<Opening | Slow> {
        hurried.push(id);
        const opening = open();
        return slow.has(id) ? { kind: "slow", later: () => opening } : opening;
      },
    },
    paymentAccounts: {
      account: async (id: AccountId): Promise<PaymentAccount> => ({
        id,
        merchantId: "mer_one" as MerchantId,
        gateway: {} as PaymentGateway,
      }),
    },
  };
  const { order } = placed.value;
  const look = (open: (id: AccountId) => Opening | Promise<Opening>, seen: OrderSnapshot = order) =>
    openSomewhere(ports, seen, "desktop", async ({ id }) => {
      asked.push(id);
      return open(id);
    });
  const now = () => shop.store.order(order.id);
  return { shop, order, asked, hurried, slow, look, now };
}

const three = NAMES.map((name) => payable({ id: idOf(name) }));

describe("an order that may move", () => {
  test("is opened where it is, when that works, and stays there", async () => {
    const { order, asked, look, now } = await world(three);
    expect(order.reroutable).toBe(true);
    expect(await look(openedAt)).toEqual(openedAt(order.paymentAccountId ?? idOf("none")));
    expect(asked).toEqual([order.paymentAccountId]);
    expect(now()).toMatchObject({ reroutable: false, paymentAccountId: order.paymentAccountId });
  });

  test.each([down, refused])("moves on to the next that opens it, past %o", async (answer) => {
    const { order, look, now } = await world(three);
    const first = order.paymentAccountId;
    const opening = await look((id) => (id === first ? answer : openedAt(id)));
    const moved = now();
    expect(moved?.paymentAccountId).not.toBe(first);
    expect(opening).toEqual(openedAt(moved?.paymentAccountId ?? idOf("none")));
    expect(moved).toMatchObject({ amountMinor: order.amountMinor, reroutable: false });
  });

  test("where nobody opens it, is asked of each once and says what the last said", async () => {
    const { asked, look, now } = await world(three);
    expect(await look(() => down)).toEqual(down);
    expect(new Set(asked).size).toBe(asked.length);
    expect(now()?.reroutable).toBe(true);
    expect(await look(openedAt, now() ?? undefined)).toMatchObject({ kind: "opened" });
  });

  test("does not move where the sum would be another, or to one that has been failing", async () => {
    const fee = { fixedMinor: 1, basisPoints: 0 };
    const dear = payable({ id: idOf("dear"), fee, feeBorneBy: "buyer", position: 1 });
    const failing = payable({ id: idOf("failing"), failing: true });
    const good = payable({ id: idOf("good") });
    const { look, now } = await world([good, dear, failing]);
    expect(await look(() => down)).toEqual(down);
    expect(now()?.paymentAccountId).toBe(good.id);
  });

  test("finds the one of its sum behind another that would come first by now", async () => {
    const fee = { fixedMinor: 1, basisPoints: 0 };
    const dear = payable({ id: idOf("dear"), fee, feeBorneBy: "buyer", position: 1 });
    const later = payable({ id: idOf("later"), position: 2 });
    const { shop, look, now } = await world([payable({ id: idOf("first") }), dear, later]);
    const failing = payable({ id: idOf("first"), failing: true });
    shop.book.remembered = { ...listing(), accounts: [failing, dear, later] };
    expect(await look((id) => (id === later.id ? openedAt(id) : down))).toEqual(openedAt(later.id));
    expect(now()).toMatchObject({ paymentAccountId: later.id, feeMinor: 0 });
  });

  test("which has only one account is asked there alone, without a word to the object", async () => {
    const { shop, look } = await world([payable()]);
    const before = shop.wire.calls;
    expect(await look(() => down)).toEqual(down);
    expect(await look(openedAt)).toMatchObject({ kind: "opened" });
    expect(shop.wire.calls).toBe(before);
  });

  test("is not shown as opened where the object could not be told", async () => {
    const { shop, look } = await world(three);
    shop.wire.failBefore = 1;
    await expect(look(openedAt)).rejects.toThrow("before the call");
  });

  test("that was paid meanwhile is opened nowhere", async () => {
    const { shop, order, look } = await world(three);
    shop.store.cancel({ orderId: order.id, by: "buyer" }, shop.clock.nowMs());
    expect(await look(openedAt)).toBeNull();
  });
});

describe("an account that does not open in good time", () => {
  const never = new Promise<Opening>(() => undefined);

  test("is left for the next, and its answer is waited for by nobody", async () => {
    const { order, slow, look, now } = await world(three);
    const first = order.paymentAccountId ?? idOf("none");
    slow.add(first);
    const opening = await look((id) => (id === first ? never : openedAt(id)));
    const moved = now();
    expect(moved).toMatchObject({ reroutable: false });
    expect(moved?.paymentAccountId).not.toBe(first);
    expect(opening).toEqual(openedAt(moved?.paymentAccountId ?? idOf("none")));
  });

  test("is hurried only while another stands ready: the last has all its time", async () => {
    const { asked, hurried, slow, look } = await world(three);
    for (const { id } of three) slow.add(id);
    expect(await look(async (id) => (asked.length === 3 ? openedAt(id) : never))).toMatchObject({
      kind: "opened",
    });
    expect(hurried).toEqual(asked.slice(0, 2));
  });

  test("is waited for after all where another device was sent to pay there meanwhile", async () => {
    const { shop, order, slow, look, now } = await world(three);
    const first = order.paymentAccountId ?? idOf("none");
    slow.add(first);
    const opening = await look(async (id) => {
      shop.store.bindAccount({ orderId: order.id, accountId: first });
      return openedAt(id);
    });
    expect(opening).toEqual(openedAt(first));
    expect(now()?.paymentAccountId).toBe(first);
  });

  test("that opens it too late shows it to nobody, whoever looks", async () => {
    const { order, slow, look, now } = await world(three);
    const first = order.paymentAccountId ?? idOf("none");
    slow.add(first);
    const shown = [await look(openedAt), await look(openedAt, now() ?? undefined)];
    const account = now()?.paymentAccountId ?? idOf("none");
    expect(account).not.toBe(first);
    expect(shown).toEqual([openedAt(account), openedAt(account)]);
  });
});

test("of two devices at once, however their calls interleave, none is shown a payment of another account than the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      // What each device hears of each account: the same account may fail one and serve the other.
      fc.array(fc.record({ x: fc.boolean(), y: fc.boolean(), z: fc.boolean() }), {
        minLength: 2,
        maxLength: 3,
      }),
      fc.uniqueArray(fc.constantFrom(...NAMES)),
      async (scheduler, devices, late) => {
        const { look, now, slow } = await world(three);
        for (const name of late) slow.add(idOf(name));
        const looks = Promise.all(
          devices.map((works) =>
            look((id) => {
              const name = NAMES.find((each) => idOf(each) === id) ?? "x";
              return scheduler.schedule(Promise.resolve(works[name] ? openedAt(id) : down));
            }),
          ),
        );
        await scheduler.waitIdle();
        const shown = (await looks).filter((opening) => opening?.kind === "opened");
        const account = now()?.paymentAccountId ?? idOf("none");
        for (const opening of shown) expect(opening).toEqual(openedAt(account));
        if (shown.length > 0) expect(now()?.reroutable).toBe(false);
      },
    ),
  );
});
