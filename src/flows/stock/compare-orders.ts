import {
  READ_BATCH_MAX,
  type OrderSnapshot,
  type ProductStockRpc,
} from "../../../durable-objects/product-stock/contract.ts";
import {
  CHECK_ORDERS_MAX,
  type CheckedOrder,
  type Finding,
  type FindingKind,
} from "../../../durable-objects/product-stock/reconcile-contract.ts";
import { archivableAtMs } from "../../domain/order/archiving.ts";
import { deliveryId, orderIdRange, type OrderId } from "../../domain/ids.ts";
import { isSettled } from "../../domain/order/order.ts";
import { batches } from "../orders/by-product.ts";
import type { Archive, OrderBookWriter, StockObjects } from "../ports.ts";
import type { BookEntry, ReconcileBook } from "./reconcile-ports.ts";

export interface CompareDeps {
  readonly stock: StockObjects;
  readonly archive: Pick<Archive, "read" | "reschedule">;
  readonly orderBook: OrderBookWriter;
  readonly reconcileBook: Pick<ReconcileBook, "copyPayments" | "entries" | "knownDeliveries">;
}

/** More than a page of orders has, where the book knows some that the object does not. */
const ENTRIES_MAX = 2 * CHECK_ORDERS_MAX;

export interface Compared {
  readonly findings: readonly Finding[];
  readonly orders: number;
  /** The id to go on after; null where these were the last. */
  readonly next: string | null;
}

/**
 * Holds a page of an object's orders against the order book, the archive and the deliveries.
 *
 * The object is read first. What it was not telling the book of then, the book must have had by then,
 * so what is older or missing later was lost, and is announced anew. What the book has beyond the
 * object may have come meanwhile, so the object is asked once more before anything is said.
 */
export async function compareOrders(
  deps: CompareDeps,
  stockNumber: number,
  afterId: string,
  nowMs: number,
): Promise<Compared> {
  const object = deps.stock.of(stockNumber);
  const page = await object.checkOrders(afterId, CHECK_ORDERS_MAX);
  const upToId = page.next ?? orderIdRange(stockNumber).before;
  const entries = await deps.reconcileBook.entries(afterId, upToId, ENTRIES_MAX);
  const cut = entries.length === ENTRIES_MAX ? (entries.at(-1)?.id ?? null) : null;
  const orders = page.orders.filter(({ id }) => cut === null || id <= cut);
  const differences = compare(orders, entries);
  const findings = [
    ...page.findings,
    ...(await announceLost(deps, object, orders, differences)),
    ...(await askAgain(deps, object, differences)),
    ...(await mendFromArchive(deps, differences, nowMs)),
    ...(await copyPayments(deps, afterId, cut ?? upToId)),
  ];
  return { findings, orders: orders.length, next: cut ?? page.next };
}

interface Pair {
  readonly order: CheckedOrder;
  readonly entry: BookEntry | undefined;
}

interface Differences {
  /** The book lacks them or has an older version, and they were not on their way. */
  readonly behind: readonly Pair[];
  /** In the archive, and the archive or the book lacks them or has an older version. */
  readonly lost: readonly Pair[];
  /** The book has a newer version. */
  readonly ahead: readonly BookEntry[];
  /** The object did not name them. */
  readonly unknown: readonly BookEntry[];
  readonly undated: readonly BookEntry[];
}

function compare(orders: readonly CheckedOrder[], entries: readonly BookEntry[]): Differences {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const named = new Set(orders.map(({ id }) => id));
  const pairs = orders.map((order): Pair => ({ order, entry: byId.get(order.id) }));
  const older = ({ order, entry }: Pair) => entry === undefined || entry.version < order.version;
  return {
    behind: pairs.filter((pair) => pair.order.state !== null && !pair.order.waiting && older(pair)),
    lost: pairs.filter(
      ({ order, entry }) =>
        order.state === null &&
        (older({ order, entry }) || (entry?.archivedVersion ?? 0) < order.version),
    ),
    ahead: pairs.flatMap(({ order, entry }) =>
      entry !== undefined && entry.version > order.version ? [entry] : [],
    ),
    unknown: entries.filter(({ id }) => !named.has(id)),
    undated: pairs.flatMap(({ order, entry }) =>
      entry?.version === order.version &&
      entry.archivableAtMs === null &&
      order.state !== null &&
      isSettled(order.state)
        ? [entry]
        : [],
    ),
  };
}

/** The object is the truth: it tells the book anew, which writes the mails that are owed as well. */
async function announceLost(
  { reconcileBook }: CompareDeps,
  object: ProductStockRpc,
  orders: readonly CheckedOrder[],
  { behind }: Differences,
): Promise<Finding[]> {
  const late = new Set(behind.map(({ order }) => order.id));
  const owing = orders.flatMap(({ id, owes, waiting }) =>
    owes === null || waiting || late.has(id) ? [] : [{ id, delivery: deliveryId(id, owes, 0) }],
  );
  const known = await reconcileBook.knownDeliveries(owing.map(({ delivery }) => delivery));
  const unowed = owing.filter(({ delivery }) => !known.has(delivery));
  const ids = [...late, ...unowed.map(({ id }) => id)];
  const told = await inBatches(ids, (batch) => object.announce(batch));
  const announced = new Set(told);
  return [
    ...behind.map(({ order, entry }) =>
      finding("book_behind", order.id, order.version, entry?.version, true),
    ),
    ...unowed.map(({ id, delivery }): Finding => ({
      kind: "delivery_missing",
      subject: id,
      detail: { delivery },
      repaired: true,
    })),
  ].filter(({ subject }) => announced.has(subject as OrderId));
}

/** What may have changed since the page was read, as it is now. What still differs is a finding. */
async function askAgain(
  { archive }: CompareDeps,
  object: ProductStockRpc,
  { ahead, unknown, undated }: Differences,
): Promise<Finding[]> {
  const ids = [...ahead, ...unknown, ...undated].map(({ id }) => id);
  if (ids.length === 0) return [];
  const read = await inBatches(ids, (batch) => object.readForOrderBook(batch));
  const present = new Map(read.map((order) => [order.id, order]));
  const missing = ids.filter((id) => !present.has(id));
  const gone = await inBatches(missing, async (batch) => (await object.readForArchive(batch)).gone);
  const versions = new Map([...read, ...gone].map(({ id, version }) => [id, version]));

  const stillUndated = undated.flatMap(({ id, version }) => {
    const order = present.get(id);
    return order?.version === version ? [order] : [];
  });
  await Promise.all(stillUndated.map((order) => archive.reschedule([order], dateOf(order))));
  return [
    ...ahead
      .filter(({ id, version }) => version > (versions.get(id) ?? 0))
      .map(({ id, version }) => finding("book_ahead", id, versions.get(id), version, false)),
    ...unknown
      .filter(({ id }) => !versions.has(id))
      .map(({ id, version }) => finding("order_unknown", id, undefined, version, false)),
    ...stillUndated.map(({ id, version }) => finding("order_undated", id, version, version, true)),
  ];
}

function dateOf(order: OrderSnapshot): number | null {
  return archivableAtMs(order);
}

/** Of an order that left, the archive is the truth, and the book is mended by it. */
async function mendFromArchive(
  { archive, orderBook }: CompareDeps,
  { lost }: Differences,
  nowMs: number,
): Promise<Finding[]> {
  if (lost.length === 0) return [];
  const records = await inBatches(
    lost.map(({ order }) => order.id),
    (batch) => archive.read(batch),
  );
  const kept = new Map(records.map(({ order }) => [order.id, order]));
  const mended = lost.flatMap(({ order }) => {
    const record = kept.get(order.id);
    return record !== undefined && record.version >= order.version ? [record] : [];
  });
  if (mended.length > 0) await orderBook.publish(mended, nowMs);
  return lost.map(({ order, entry }) => {
    const record = kept.get(order.id);
    return record !== undefined && record.version >= order.version
      ? finding("book_behind", order.id, order.version, entry?.version, true)
      : finding("archive_lacks", order.id, order.version, record?.version, false);
  });
}

async function copyPayments(
  { reconcileBook }: CompareDeps,
  afterId: string,
  upToId: string,
): Promise<Finding[]> {
  const mended = new Set(await reconcileBook.copyPayments(afterId, upToId));
  return [...mended].map((id) => finding("payment_uncopied", id, undefined, undefined, true));
}

function finding(
  kind: FindingKind,
  subject: OrderId,
  version: number | undefined,
  copyVersion: number | undefined,
  repaired: boolean,
): Finding {
  const detail = { version: version ?? null, copy_version: copyVersion ?? null };
  return { kind, subject, detail, repaired };
}

async function inBatches<Item, Answer>(
  items: readonly Item[],
  ask: (batch: Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers = await Promise.all(batches(items, READ_BATCH_MAX).map(ask));
  return answers.flat();
}
