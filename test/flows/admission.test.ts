import { describe, expect, test } from "vitest";
import type { DropState } from "../../src/domain/drop/state.ts";
import { STATE_DEAD_MS, STATE_OLD_MS } from "../../src/domain/drop/state.ts";
import type { DropId } from "../../src/domain/ids.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/orders/place-order.ts";
import { makeVault } from "../../src/platform/vault.ts";
import { DROP, memoryDrops, stateOf } from "../support/node/memory-drops.ts";
import { listing, memoryShop } from "../support/node/memory-shop.ts";
import { MERCHANT, NOW_MS } from "../store/fixtures.ts";

const OPENS_MS = NOW_MS - 60_000;
const CLOSES_MS = NOW_MS + 3_600_000;
const EMAIL = "ann@example.com";
const terms = {
  id: DROP,
  opensAtMs: OPENS_MS,
  closesAtMs: CLOSES_MS,
  quantity: 10,
  perBuyer: 1,
  holdSeconds: 60,
};

/** A shop whose product is sold in a drop that is open, and its line. */
async function shopInDrop(stocked = 5) {
  const shop = memoryShop({ stocked, remembered: listing({ drop: terms }) });
  const { vault, entropy, clock } = shop;
  const drop = { opensAtMs: OPENS_MS, closesAtMs: CLOSES_MS };
  const drops = await memoryDrops({ vault, entropy, clock, drop });
  const ports = { ...shop, drops };
  return {
    ...ports,
    ports,
    publish: (changes: Partial<DropState>, ageMs = 0) => {
      drops.published.state = stateOf(drops.booked.drop, changes);
      drops.published.ageMs = ageMs;
    },
    order: (ticket: string | null, changes: Partial<OrderRequest> = {}) =>
      placeOrder(ports, { ...REQUEST, ticket, ...changes }),
  };
}

const REQUEST: OrderRequest = {
  merchantId: MERCHANT,
  product: "starter-key",
  variantId: null,
  quantity: 1,
  email: EMAIL,
  locale: "en",
  paymentMethod: "epay",
  fields: {},
  lookupPassword: null,
  coupon: null,
  expectedAmountMinor: null,
  idempotencyKey: "a-key-of-this-page-0001",
  ticket: null,
  challenge: null,
  caller: { network: "192.0.2.1", country: null, asn: null, device: null },
  surface: "desktop",
};

const CLOSED = { early: 0, lateUntilMs: null };
/** So many people that nobody without a good draw can have been let in anywhere. */
const CROWD = { early: 1_000_000, lateWaiting: 0 };

describe("an order of a product that is sold in a drop", () => {
  test("is placed with a ticket that was let in, which is then spent", async () => {
    const shop = await shopInDrop();
    const ticket = await shop.drops.ticket(EMAIL, OPENS_MS - 1_000);
    expect(await shop.order(ticket)).toMatchObject({ ok: true, value: { repeated: false } });
    const second = await shop.order(ticket, { idempotencyKey: "a-key-of-this-page-0002" });
    expect(second).toEqual({ ok: false, error: { reason: "ticket_used" } });
    // However the mailbox is written, and whatever ticket it got for that.
    const email = "ann+again@example.com";
    const other = await shop.drops.ticket(email, NOW_MS);
    const again = await shop.order(other, { email, idempotencyKey: "a-key-of-this-page-0003" });
    expect(again).toEqual({ ok: false, error: { reason: "ticket_used" } });
  });

  test("needs no ticket once the drop is over", async () => {
    const shop = await shopInDrop();
    shop.clock.at = CLOSES_MS;
    expect((await shop.order(null)).ok).toBe(true);
  });

  test("says what is wrong with what is no good ticket, and asks no object", async () => {
    const shop = await shopInDrop();
    const foreign = makeVault({
      sealing: `1:${btoa("y".repeat(32))}`,
      tokens: `1:${btoa("y".repeat(32))}`,
      identity: `1:${btoa("y".repeat(32))}`,
    });
    const early = OPENS_MS - 1_000;
    const good = await shop.drops.ticket(EMAIL, early);
    const flipped = good.slice(0, -1) + (good.endsWith("A") ? "B" : "A");
    const bad: [string | null, string | null][] = [
      [null, null],
      ["", "ticket_malformed"],
      ["kt1.x", "ticket_malformed"],
      [good.slice(0, -1), "ticket_malformed"],
      [`${good}A`, "ticket_malformed"],
      [flipped, "ticket_forged"],
      [await shop.drops.ticket(EMAIL, early, { signer: foreign }), "ticket_forged"],
      [
        await shop.drops.ticket(EMAIL, early, { dropId: "drop_00000000000000000002" as DropId }),
        "ticket_of_other_drop",
      ],
      [await shop.drops.ticket("bob@example.com", early), "ticket_of_other_identity"],
    ];
    for (const [ticket, because] of bad) {
      expect(await shop.order(ticket)).toEqual({
        ok: false,
        error: { reason: "ticket_required", dropId: DROP, because },
      });
    }
    expect(shop.wire.calls).toBe(0);
  });

  test("with a genuine ticket that a clock finds past, or ahead, is refused unless it exists", async () => {
    const shop = await shopInDrop();
    const past = await shop.drops.ticket(EMAIL, OPENS_MS - 1_000, { expiresAtMs: NOW_MS + 10 });
    const ahead = await shop.drops.ticket(EMAIL, NOW_MS + 60_000);
    expect(await shop.order(ahead)).toMatchObject({ error: { because: "ticket_from_future" } });
    const placed = await shop.order(past);
    expect(placed.ok).toBe(true);
    // By an edge whose clock has jumped.
    for (const [ticket, at] of [
      [past, NOW_MS + 60_000],
      [ahead, NOW_MS],
    ] as const) {
      shop.clock.at = at;
      expect(await shop.order(ticket)).toMatchObject({ value: { repeated: true } });
      const other = { idempotencyKey: "a-key-of-this-page-0002" };
      expect(await shop.order(ticket, other)).toMatchObject({
        error: { reason: "ticket_required" },
      });
    }
  });

  test("waits for its turn without costing the object a call, and hears when to ask again", async () => {
    const shop = await shopInDrop();
    shop.publish({ threshold: CLOSED, line: CROWD });
    const ticket = await shop.drops.ticket(EMAIL, OPENS_MS - 1_000);
    const refused = await shop.order(ticket);
    expect(refused).toMatchObject({
      ok: false,
      error: { reason: "ticket_not_admitted", dropId: DROP, place: { kind: "waiting" } },
    });
    const pollMs = !refused.ok && "pollAfterMs" in refused.error ? refused.error.pollAfterMs : 0;
    expect(pollMs).toBeGreaterThanOrEqual(1_000);
    const late = await shop.drops.ticket(EMAIL, NOW_MS);
    expect(await shop.order(late)).toMatchObject({ error: { reason: "ticket_not_admitted" } });
    expect(shop.wire.calls).toBe(0);
    shop.publish({ threshold: { early: 1, lateUntilMs: null }, line: CROWD });
    expect((await shop.order(ticket)).ok).toBe(true);
  });

  test("is not on sale before the opening by this edge's own clock, whatever a state says", async () => {
    const shop = await shopInDrop();
    const ticket = await shop.drops.ticket(EMAIL, OPENS_MS - 2_000);
    shop.publish({ line: CROWD, threshold: { early: 0.5, lateUntilMs: null } });
    shop.clock.at = OPENS_MS - 1;
    expect(await shop.order(ticket)).toEqual({
      ok: false,
      error: { reason: "not_on_sale", opensAtMs: OPENS_MS },
    });
  });

  test("when the controller is down: who was let in still is, nobody new, and in the end nobody", async () => {
    const shop = await shopInDrop();
    const early = await shop.drops.ticket(EMAIL, OPENS_MS - 1);
    const lateEmail = "late@example.com";
    const late = await shop.drops.ticket(lateEmail, NOW_MS - 1_000);
    const open = { atMs: NOW_MS - 10_000, line: CROWD };
    const asLate = { email: lateEmail, idempotencyKey: "a-key-of-this-page-late" };
    shop.publish(open, STATE_OLD_MS);
    expect(await shop.order(late, asLate)).toMatchObject({
      error: { reason: "ticket_not_admitted", place: { kind: "waiting" } },
    });
    expect((await shop.order(early)).ok).toBe(true);
    shop.publish(open, STATE_DEAD_MS);
    const other = "bob@example.com";
    const bob = await shop.drops.ticket(other, OPENS_MS - 1);
    const asBob = { email: other, idempotencyKey: "a-key-of-this-page-bob-" };
    expect(await shop.order(bob, asBob)).toMatchObject({
      error: { reason: "ticket_not_admitted", place: { kind: "busy" } },
    });
    // Nothing was ever heard of it.
    shop.drops.published.state = null;
    expect(await shop.order(bob, asBob)).toMatchObject({
      error: { reason: "ticket_not_admitted", place: { kind: "busy" } },
    });
  });

  test.each<[string, Partial<DropState>, number]>([
    ["is behind an older state", { threshold: CLOSED, line: { early: 100, lateWaiting: 0 } }, 0],
    ["meets a drop that is sold out", { status: "sold_out", remaining: 0 }, 0],
    ["meets a controller that is long dead", {}, STATE_DEAD_MS],
  ])("which exists is the answer to its repetition, though that %s", async (_, state, ageMs) => {
    const shop = await shopInDrop();
    const ticket = await shop.drops.ticket(EMAIL, OPENS_MS - 1_000);
    const placed = await shop.order(ticket);
    shop.publish(state, ageMs);
    expect(await shop.order(ticket)).toMatchObject({
      ok: true,
      value: { repeated: true, order: { id: placed.ok ? placed.value.order.id : "" } },
    });
  });

  test("is told sold out by the edge alone, where it was never let in", async () => {
    const shop = await shopInDrop();
    shop.publish({ status: "sold_out", remaining: 0, line: CROWD, threshold: CLOSED });
    const ticket = await shop.drops.ticket(EMAIL, OPENS_MS - 1_000);
    expect(await shop.order(ticket)).toEqual({
      ok: false,
      error: { reason: "sold_out", available: 0 },
    });
    expect(shop.wire.calls).toBe(0);
  });

  test("is sent to the line by an object that knows of the drop before this edge does", async () => {
    const known = listing();
    const held = listing({ version: 2, drop: terms });
    const shop = memoryShop({ remembered: known, held });
    const refused = await placeOrder(shop, REQUEST);
    expect(refused).toEqual({
      ok: false,
      error: { reason: "ticket_required", dropId: DROP, because: null },
    });
  });

  test("a thousand people who are not let in cost the object no call", async () => {
    const shop = await shopInDrop();
    shop.publish({ threshold: { early: 0.000_001, lateUntilMs: null }, line: CROWD });
    for (let n = 0; n < 1_000; n++) {
      const email = `person-${n}@example.com`;
      const ticket = await shop.drops.ticket(email, OPENS_MS + n);
      await shop.order(ticket, { email, idempotencyKey: `a-key-of-this-page-${n}` });
    }
    expect(shop.wire.calls).toBe(0);
  });
});
