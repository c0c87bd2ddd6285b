import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { StockObjects } from "../../src/flows/ports.ts";
import { throughArchive } from "../../src/flows/orders/through-archive.ts";
import type { Auditor } from "./auditor.ts";
import type { MailRow } from "./book.ts";
import { mayBecome } from "./may-become.ts";
import { BOUGHT, judgePayments } from "./order-laws.ts";
import { auditRows } from "./row-audit.ts";
import type { PaymentFacts, Standing } from "./row-facts.ts";
import { productOf } from "./shop.ts";
import type { StockObject } from "./stock-object.ts";
import { stockWire } from "./stock-wire.ts";
import type { World } from "./world.ts";

/** The world has healed and come to rest: every promise must have been kept by now. */
export async function auditRest(auditor: Auditor, world: World): Promise<void> {
  const mails = Map.groupBy(world.book.mails.values(), (mail) => mail.orderId);
  for (const object of world.objects) {
    auditRows(auditor, object);
    const rows = auditor.rows(object);
    for (const { order_id: id } of rows.outbox())
      auditor.broken("R3 the outbox is told and empties", id);
    for (const transfer of rows.transfers(null))
      auditor.broken("R2 keys on their way arrive", JSON.stringify(transfer));
    auditDebts(auditor, object);
  }
  for (const [id, { standing }] of auditor.known) {
    const detail = () => JSON.stringify(standing);
    auditor.law(standing.state !== "pending", "R2 every hold ends", detail);
    auditBook(auditor, standing, world.book.orders.get(id));
    auditMail(auditor, world, standing, mails.get(id) ?? []);
  }
  auditImports(auditor, world);
  auditMoney(auditor, world);
  await auditAnswers(auditor, world);
}

/** Keys that lie in one shard while another owes some: its alarm has looked around by now. */
function auditDebts(auditor: Auditor, object: StockObject): void {
  if (!object.isShard) return;
  const shards = auditor.shards(productOf(object.number));
  for (const { id, variant_id: variant, quantity } of auditor.rows(object).owed()) {
    const free = shards.reduce(
      (sum, shard) => sum + shard.rows.free(variant, quantity, shard.object.nowMs()),
      0,
    );
    auditor.law(free < quantity, "R2 no key lies free that a paid order waits for", () =>
      JSON.stringify({ id, quantity, free }),
    );
  }
}

/** Merchants and look-ups go by the copy: at rest it says the same. */
function auditBook(auditor: Auditor, now: Standing, copy: OrderSnapshot | undefined): void {
  const agrees =
    copy?.version === now.version &&
    copy.state === now.state &&
    copy.email === now.email &&
    copy.amountMinor === now.amount_minor &&
    copy.payments.length === (auditor.known.get(now.id)?.payments.length ?? 0);
  auditor.law(agrees, "R3 the order book agrees with the object", () =>
    JSON.stringify({ now, copy }),
  );
}

/** As many keys as were answered to be accepted are there, wherever they went since. */
function auditImports(auditor: Auditor, world: World): void {
  const accepted = new Map<number, number>();
  for (const [name, count] of auditor.answers.importedCounts) {
    const product = Number(name.split(" ")[0]);
    accepted.set(product, (accepted.get(product) ?? 0) + count);
  }
  const there = new Map<number, Set<string>>();
  for (const object of world.objects) {
    const product = productOf(object.number);
    const keys = there.get(product) ?? new Set();
    there.set(product, keys);
    for (const { fingerprint, away } of auditor.rows(object).keys())
      if (away === 0 && fingerprint.includes("/k-")) keys.add(fingerprint);
  }
  for (const [product, keys] of there) {
    const count = accepted.get(product) ?? 0;
    auditor.law(keys.size === count, "R1 every key that was accepted is there", () =>
      JSON.stringify({ product, there: keys.size, accepted: count }),
    );
  }
}

/** R4: one mail with the keys for each order that has them, under one id, to its buyer. */
function auditMail(
  auditor: Auditor,
  world: World,
  { id, state, sold, email }: Standing,
  owed: readonly MailRow[],
): void {
  const mails = owed.filter((row) => row.purpose === "keys");
  const due = state === "delivered" && sold > 0 ? 1 : 0;
  const detail = () => JSON.stringify({ id, state, sold, mails });
  // Where the money went back the keys may have been mailed before.
  if (state === "refunded") return;
  auditor.law(mails.length === due, "R4 each delivered order owes one mail with its keys", detail);
  for (const mail of mails) {
    const out = world.outbox.get(mail.id);
    auditor.law(
      mail.state === "sent" && out !== undefined,
      "R4 the mail with the keys left",
      detail,
    );
    if (out === undefined) continue;
    const keys = world.book.orders.get(id)?.keys ?? [];
    const lines = new Set(out.text.split("\n"));
    const whole = keys.every((key) =>
      lines.has(key.fingerprint.slice(key.fingerprint.indexOf("/") + 1)),
    );
    auditor.law(whole && out.to === email, "R4 a mail has its order's keys, for its buyer", () =>
      JSON.stringify({ id, email, to: out.to, text: out.text, keys }),
    );
  }
}

/** R3: money that a gateway took is with its order, or in front of a person. */
function auditMoney(auditor: Auditor, world: World): void {
  const recorded = new Set<string>();
  for (const { standing, payments } of auditor.known.values()) {
    const { id, state, amount_minor: amountMinor, currency } = standing;
    judgePayments(auditor, payments, storedPayments(auditor, world, id));
    for (const row of payments) {
      const name = `${row.account_id} ${row.trade_no} ${row.order_id}`;
      recorded.add(name);
      const known = auditor.answers.moneys.has(name) || row.trade_no.startsWith("manual:");
      auditor.law(known, "R3 no money comes from nowhere", () => name);
    }
    const bought = ["paid", "delivered", "unfilled", "refunded"].includes(state) && amountMinor > 0;
    const takers = payments.filter(({ verdict }) => BOUGHT.has(verdict));
    const fits = takers.every(
      (row) => row.amount_minor === amountMinor && row.currency === currency,
    );
    auditor.law(
      takers.length === (bought ? 1 : 0) && fits,
      "R3 an order is bought with one payment, of its sum",
      () => JSON.stringify({ standing, payments }),
    );
  }
  for (const [name, { answered, told }] of auditor.answers.moneys) {
    // Of money that nobody told of, the laws of money judge.
    if (!told) continue;
    auditor.law(answered !== null, "R3 every gateway was answered", () => name);
    const inbox = world.book.notices.has(`${name} unmatched`);
    auditor.law(recorded.has(name) || inbox, "R3 no money is lost", () => `${name} ${answered}`);
  }
}

/** What is stored of an order's money: in its object, or in the archive that it left for. */
function storedPayments(auditor: Auditor, world: World, id: OrderId): PaymentFacts[] {
  const object = world.object(auditor.known.get(id)?.object ?? 0);
  const rows = auditor.rows(object);
  if (rows.standing(id) !== undefined) return rows.paymentsOf(id);
  const record = world.book.archive.records.get(id);
  return (record?.order.payments ?? []).map(({ accountId, tradeNo, money, verdict }) => ({
    order_id: id,
    account_id: accountId,
    trade_no: tradeNo,
    amount_minor: money.amountMinor,
    currency: money.currency,
    verdict,
  }));
}

/** R5: what anyone was answered is still true, or has become what may follow. */
async function auditAnswers(auditor: Auditor, world: World): Promise<void> {
  const objects = withoutWires(world);
  for (const [id, before] of auditor.answers.latest) {
    const object = auditor.known.get(id)?.object;
    const now = object === undefined ? null : await objects.of(object).order(id);
    const holds =
      now !== null &&
      now.version >= before.version &&
      mayBecome(before.state, now.state) &&
      now.amountMinor === before.amountMinor &&
      now.quantity === before.quantity &&
      (now.state === "refunded" ||
        before.keys.every((key, place) => now.keys[place]?.fingerprint === key.fingerprint));
    auditor.law(holds, "R5 what was answered is still true", () => JSON.stringify({ before, now }));
  }
}

function withoutWires(world: World): StockObjects {
  const { archive } = world.book;
  return throughArchive({
    stock: { of: (number) => stockWire((work) => world.object(number).call(work)) },
    archive: {
      read: (ids) => Promise.resolve(archive.read(ids)),
      reschedule: (orders, atMs) => Promise.resolve(archive.reschedule(orders, atMs)),
    },
    clock: { nowMs: () => world.timeline.nowMs },
  });
}
