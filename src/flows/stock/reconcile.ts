import type { Finding } from "../../../durable-objects/product-stock/reconcile-contract.ts";
import { orderIdRange } from "../../domain/ids.ts";
import { productNumberOf, stockNumbers } from "../../domain/product/shards.ts";
import { compareOrders, type CompareDeps } from "./compare-orders.ts";
import type { ReconcileBook, ReconcilePlace, Walk, WalkedStock } from "./reconcile-ports.ts";

type ReconcileDeps = CompareDeps & { readonly reconcileBook: ReconcileBook };

/** Steps of one run: each is one call to an object and some reads of D1, about a second in all. */
const STEPS_MAX = 30;
/** A round begins no sooner after the one before: each wakes every object once. */
const ROUND_MS = 30 * 60_000;
/** Of one step: a table that is damaged as a whole is told by its first rows and by the count. */
const RECORDED_MAX = 100;

export interface Reconciled {
  readonly findings: readonly Finding[];
  /** Objects that could not be walked through: the next round tries again. */
  readonly failed: readonly { readonly stockNumber: number; readonly cause: unknown }[];
}

/**
 * Walks through all stock objects, a bounded part each time, and holds rows against rows: each object
 * against itself (its own checks), against the order book, the archive and the deliveries. Where one
 * side is the truth the other is mended; everything found is kept for a person. A run that dies is
 * repeated from where the one before ended, which finds the same once more.
 */
export async function reconcile(deps: ReconcileDeps, nowMs: number): Promise<Reconciled> {
  const book = deps.reconcileBook;
  let place = (await book.place()) ?? { roundAtMs: 0, stock: null, walk: null };
  const findings: Finding[] = [];
  const failed: Reconciled["failed"][number][] = [];
  // Each step begins where the one before ended.
  /* oxlint-disable no-await-in-loop */
  for (let steps = 0; steps < STEPS_MAX && !isResting(place, nowMs); steps++) {
    const { stock, walk } = place;
    if (stock === null || walk === null) {
      place = await nextObject(book, place, nowMs);
      continue;
    }
    try {
      const step = await walkOn(deps, stock, walk, nowMs);
      await book.record(stock, step.findings.slice(0, RECORDED_MAX), nowMs);
      findings.push(...step.findings);
      place = { ...place, walk: step.walk };
    } catch (cause) {
      failed.push({ stockNumber: stock.number, cause });
      place = { ...place, walk: null };
    }
  }
  /* oxlint-enable no-await-in-loop */
  await book.savePlace(place);
  return { findings, failed };
}

function isResting({ stock, roundAtMs }: ReconcilePlace, nowMs: number): boolean {
  return stock === null && nowMs - roundAtMs < ROUND_MS;
}

async function nextObject(
  book: ReconcileBook,
  { stock: last, roundAtMs }: ReconcilePlace,
  nowMs: number,
): Promise<ReconcilePlace> {
  const stock =
    last === null
      ? await book.productAfter(0)
      : (nextShard(last) ?? (await book.productAfter(productNumberOf(last.number))));
  const walk = stock === null ? null : begin(stock, nowMs);
  return { roundAtMs: last === null ? nowMs : roundAtMs, stock, walk };
}

function nextShard(stock: WalkedStock): WalkedStock | null {
  const { number: productNumber, shards } = stock;
  const all = stockNumbers({ productNumber, shards });
  const number = all[all.indexOf(productNumber) + 1];
  return number === undefined ? null : { ...stock, number };
}

function begin({ number }: WalkedStock, nowMs: number): Walk {
  const { after: afterId } = orderIdRange(number);
  return { startedAtMs: nowMs, afterId, keys: null, orders: 0, open: 0 };
}

interface Step {
  readonly findings: readonly Finding[];
  /** Null when the object has been walked through. */
  readonly walk: Walk | null;
}

async function walkOn(
  deps: ReconcileDeps,
  { number }: WalkedStock,
  walk: Walk,
  nowMs: number,
): Promise<Step> {
  if (walk.afterId !== null) {
    const { findings, orders, next } = await compareOrders(deps, number, walk.afterId, nowMs);
    const seen = { orders: walk.orders + orders, open: walk.open + openOf(findings) };
    return { findings, walk: { ...walk, ...seen, afterId: next } };
  }
  const object = deps.stock.of(number);
  const { findings, counted, next } = await object.checkKeys(walk.keys);
  const open = walk.open + openOf(findings);
  if (next !== null) return { findings, walk: { ...walk, open, keys: next } };

  const alarm = await object.checkAlarm();
  const { outboxRows, oldestOutboxAtMs } = await object.health();
  await deps.reconcileBook.finish({
    stockNumber: number,
    startedAtMs: walk.startedAtMs,
    checkedAtMs: nowMs,
    orders: walk.orders,
    keys: counted.free + counted.held + counted.sold + counted.void,
    open: open + openOf(alarm),
    outboxRows,
    oldestOutboxAtMs,
  });
  return { findings: [...findings, ...alarm], walk: null };
}

function openOf(findings: readonly Finding[]): number {
  return findings.filter(({ repaired }) => !repaired).length;
}
