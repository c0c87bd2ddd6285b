import type { OrderId } from "../../src/domain/ids.ts";
import type { Auditor } from "./auditor.ts";
import { mayBecome } from "./may-become.ts";
import type { MailRow } from "./book.ts";
import type { KeyFacts, Standing } from "./rows.ts";
import type { StockObject } from "./stock-object.ts";
import type { World } from "./world.ts";

/**
 * Every row of an object against the books: what changed without a word is found here. Answers how
 * many there were.
 */
export function auditRows(auditor: Auditor, object: StockObject): number {
  const rows = auditor.rows(object);
  const standings = rows.standings();
  for (const now of standings) {
    const before = auditor.standings.get(now.id);
    const same = before?.state === now.state && before.version === now.version;
    auditor.law(same, "R6 an order changes only with a word to the outbox", () =>
      JSON.stringify({ now, before }),
    );
  }
  const keys = rows.keys();
  auditKeys(auditor, object.number, keys, standings);
  for (const { id, variant_id: variant, quantity } of rows.owed()) {
    const free = rows.free(variant, quantity, object.nowMs());
    auditor.law(free < quantity, "R2 no key lies free that a paid order waits for", () => id);
  }
  return standings.length + keys.length;
}

/** R1, counted from rows: what is there was given, once, and what was sold stays whose it is. */
function auditKeys(
  auditor: Auditor,
  product: number,
  keys: readonly KeyFacts[],
  standings: readonly Standing[],
): void {
  const given = auditor.givenKeys.get(product) ?? new Set();
  const seen = new Set<string>();
  const taken = new Map<OrderId, number>();
  for (const key of keys) {
    const { fingerprint, state, order_id: owner } = key;
    const minted = !fingerprint.includes("/k-") && !fingerprint.includes("/hand-");
    auditor.law(
      minted || given.has(fingerprint),
      "R1 no key comes from nowhere",
      () => fingerprint,
    );
    auditor.law(!seen.has(fingerprint), "R1 no key is there twice", () => fingerprint);
    seen.add(fingerprint);
    if (state === "sold" && owner !== null) auditor.owns(product, fingerprint, owner);
    if (owner !== null) taken.set(owner, (taken.get(owner) ?? 0) + 1);
  }
  for (const [fingerprint] of auditor.owners.get(product) ?? []) {
    auditor.law(seen.has(fingerprint), "R1 no key goes nowhere", () => fingerprint);
  }
  for (const { id, state, quantity, delivery } of standings) {
    const due = state === "delivered" || (state === "pending" && delivery === "auto");
    auditor.law((taken.get(id) ?? 0) === (due ? quantity : 0), "R2 no key is stuck", () =>
      JSON.stringify({ id, state, quantity, taken: taken.get(id) }),
    );
  }
}

/** The world has healed and come to rest: every promise must have been kept by now. */
export async function auditRest(auditor: Auditor, world: World): Promise<void> {
  const mails = Map.groupBy(world.book.mails.values(), (mail) => mail.orderId);
  for (const object of world.objects) {
    auditRows(auditor, object);
    for (const now of auditor.rows(object).standings()) {
      const detail = () => JSON.stringify(now);
      auditor.law(now.state !== "pending", "R2 every hold ends", detail);
      auditor.law(now.waiting === null, "R3 the outbox is told and empties", detail);
      const copy = world.book.orders.get(now.id);
      const agrees = copy?.version === now.version && copy.state === now.state;
      auditor.law(agrees, "R3 the order book agrees with the object", () =>
        JSON.stringify({ now, copy }),
      );
      auditMail(auditor, world, now, mails.get(now.id) ?? []);
    }
    auditImports(auditor, object);
  }
  auditMoney(auditor, world);
  await auditAnswers(auditor, world);
}

/** As many keys as were answered to be accepted are there, at the least. */
function auditImports(auditor: Auditor, object: StockObject): void {
  let accepted = 0;
  for (const [name, count] of auditor.importedCounts)
    if (name.startsWith(`${object.number} `)) accepted += count;
  const there = auditor
    .rows(object)
    .keys()
    .filter((key) => key.fingerprint.includes("/k-")).length;
  auditor.law(there === accepted, "R1 every key that was accepted is there", () =>
    JSON.stringify({ there, accepted }),
  );
}

/** R4: one mail with the keys for each order that has them, under one id. */
function auditMail(
  auditor: Auditor,
  world: World,
  { id, state, sold }: Standing,
  owed: readonly MailRow[],
): void {
  const mails = owed.filter((row) => row.purpose === "keys");
  const due = state === "delivered" && sold > 0 ? 1 : 0;
  const detail = () => JSON.stringify({ id, state, sold, mails });
  auditor.law(mails.length === due, "R4 each delivered order owes one mail with its keys", detail);
  for (const mail of mails) {
    const out = mail.state === "sent" && world.outbox.has(mail.id);
    auditor.law(out, "R4 the mail with the keys left", detail);
  }
}

/** R3: money that a gateway took is with its order, or in front of a person. */
function auditMoney(auditor: Auditor, world: World): void {
  const recorded = new Map<string, string>();
  const takenBy = new Map<OrderId, number>();
  for (const object of world.objects) {
    for (const row of auditor.rows(object).payments()) {
      const name = `${row.account_id} ${row.trade_no} ${row.order_id}`;
      recorded.set(name, row.verdict);
      const known = auditor.moneys.has(name) || row.trade_no.startsWith("manual:");
      auditor.law(known, "R3 no money comes from nowhere", () => name);
      if (["delivered", "paid", "late_delivered", "unfilled"].includes(row.verdict))
        takenBy.set(row.order_id, (takenBy.get(row.order_id) ?? 0) + 1);
    }
  }
  for (const [name, { answered }] of auditor.moneys) {
    auditor.law(answered !== null, "R3 every gateway was answered", () => name);
    const inbox = world.book.notices.has(`${name} unmatched`);
    auditor.law(recorded.has(name) || inbox, "R3 no money is lost", () => `${name} ${answered}`);
  }
  for (const [id, order] of auditor.answered) {
    const { state } = auditor.standings.get(id) ?? order;
    const bought = ["paid", "delivered", "unfilled"].includes(state) && order.amountMinor > 0;
    auditor.law(
      (takenBy.get(id) ?? 0) === (bought ? 1 : 0),
      "R3 an order is bought with one payment",
      () => JSON.stringify({ id, state, payments: takenBy.get(id) ?? 0 }),
    );
  }
}

/** R5: what anyone was answered is still true, or has become what may follow. */
async function auditAnswers(auditor: Auditor, world: World): Promise<void> {
  for (const [id, before] of auditor.answered) {
    const number = Number(before.productId.slice(4));
    const now = await world.object(number).call((instance) => instance.order(id));
    const holds =
      now !== null &&
      now.version >= before.version &&
      mayBecome(before.state, now.state) &&
      now.amountMinor === before.amountMinor &&
      now.quantity === before.quantity &&
      before.keys.every((key, place) => now.keys[place]?.fingerprint === key.fingerprint);
    auditor.law(holds, "R5 what was answered is still true", () => JSON.stringify({ before, now }));
  }
}
