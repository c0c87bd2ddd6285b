import type { OrderId } from "../../src/domain/ids.ts";
import type { Auditor } from "./auditor.ts";
import { keptKeys, mayHold } from "./order-laws.ts";
import type { KeyFacts } from "./row-facts.ts";
import { productOf } from "./shop.ts";
import type { StockObject } from "./stock-object.ts";

/**
 * Every row of an object against the books: what changed without a word is found here. Answers how
 * many there were.
 */
export function auditRows(auditor: Auditor, object: StockObject): number {
  const rows = auditor.rows(object);
  const standings = rows.standings();
  for (const now of standings) {
    const before = auditor.known.get(now.id)?.standing;
    const same = before?.state === now.state && before.version === now.version;
    auditor.law(same, "R6 an order changes only with a word to the outbox", () =>
      JSON.stringify({ now, before }),
    );
  }
  const here = new Set(standings.map(({ id }) => id));
  for (const { id, version } of rows.tombstones()) {
    const before = auditor.known.get(id)?.standing;
    const left = before?.version === version && !here.has(id);
    auditor.law(left, "R5 an order is in one place", () => JSON.stringify({ before, version }));
    here.add(id);
  }
  for (const [id, known] of auditor.known) {
    if (known.object === object.number) auditor.law(here.has(id), "R5 an order stays", () => id);
  }
  auditor.drops.audit(auditor, rows, auditor.known);
  const keys = rows.keys();
  auditKeys(auditor, object, keys);
  for (const { id, variant_id: variant, quantity } of rows.owed()) {
    const free = rows.free(variant, quantity, object.nowMs());
    // What is too little is set aside for it; a shard leaves it to an order of another.
    const most = object.isShard ? quantity - 1 : 0;
    auditor.law(free <= most, "R2 no key lies free that a paid order waits for", () => id);
  }
  return standings.length + keys.length;
}

/** R1, counted from rows: what is there was given, once, and what was sold stays whose it is. */
function auditKeys(auditor: Auditor, object: StockObject, keys: readonly KeyFacts[]): void {
  const product = productOf(object.number);
  const given = auditor.answers.givenKeys.get(product) ?? new Set();
  const owners = auditor.owners.get(product) ?? new Map<string, OrderId>();
  const seen = new Set<string>();
  const taken = new Map<OrderId, number>();
  const elsewhere = livingElsewhere(auditor, object);
  for (const { fingerprint, state, order_id: owner, away } of keys) {
    // A key that went to another shard, or is known here because it was handed over there.
    if (away === 1) continue;
    auditor.law(!elsewhere.has(fingerprint), "R1 no key is in two shards", () => fingerprint);
    const minted = !fingerprint.includes("/k-") && !fingerprint.includes("/hand-");
    const known = minted || given.has(fingerprint);
    auditor.law(known, "R1 no key comes from nowhere", () => fingerprint);
    auditor.law(!seen.has(fingerprint), "R1 no key is there twice", () => fingerprint);
    seen.add(fingerprint);
    if (state === "sold" && owner !== null) auditor.owns(product, fingerprint, owner);
    if (owner !== null) taken.set(owner, (taken.get(owner) ?? 0) + 1);
  }
  for (const [fingerprint, owner] of owners) {
    if (auditor.known.get(owner)?.object !== object.number) continue;
    auditor.law(seen.has(fingerprint), "R1 no key goes nowhere", () => fingerprint);
  }
  for (const [id, known] of auditor.known) {
    if (known.object !== object.number) continue;
    const { state, quantity } = known.standing;
    const has = taken.get(id) ?? 0;
    const isBought = state === "delivered" || keptKeys(known);
    const isDue = isBought ? has === quantity : mayHold(known.standing, has);
    auditor.law(isDue, "R2 no key is stuck", () =>
      JSON.stringify({ id, state, quantity, taken: taken.get(id) }),
    );
  }
}

function livingElsewhere(auditor: Auditor, object: StockObject): ReadonlySet<string> {
  const living = new Set<string>();
  if (!object.isShard) return living;
  for (const shard of auditor.shards(productOf(object.number))) {
    if (shard.object === object) continue;
    for (const { fingerprint, away } of shard.rows.keys()) if (away === 0) living.add(fingerprint);
  }
  return living;
}
