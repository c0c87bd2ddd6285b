import type { ArchivedOrder } from "../../../durable-objects/product-stock/archive-contract.ts";
import type {
  KeyPage,
  KeyRow,
  OrderSnapshot,
  ProductStockRpc,
  ReserveOutcome,
} from "../../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../../durable-objects/product-stock/payment-contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { Archive, Clock, StockObjects } from "../ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly archive: Pick<Archive, "read" | "reschedule">;
  readonly clock: Clock;
}

/** An order that came back and was not changed after all may leave again after this. */
const STAYS_MS = 24 * 3600_000;

/**
 * Stock objects whose orders may have left for the archive, as if they had not: what only looks is
 * answered from the archive, what may change an order brings it back first and then goes by the
 * object's rules. Nobody above knows of the archive, so no verb can forget it.
 *
 * The object is always asked first: it is the truth as long as it has the order. With D1 down a
 * call for an order that has left throws Unavailable, and nothing was granted.
 */
export function throughArchive(ports: Ports): StockObjects {
  return {
    of: (stockNumber) => withArchive(ports, ports.stock.of(stockNumber)),
    isFull: (stockNumber) => ports.stock.isFull?.(stockNumber) ?? false,
  };
}

function withArchive(ports: Ports, stock: ProductStockRpc): ProductStockRpc {
  const orArchived = async (id: OrderId, present: OrderSnapshot | null) =>
    present ?? (await readOne(ports, id))?.order ?? null;
  const orRestored = async <Outcome extends object>(
    id: OrderId,
    call: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    const outcome = await call();
    if (!hasLeft(outcome)) return outcome;
    await bringBack(ports, stock, id);
    const again = await call();
    // It left again in between: whoever asks once more finds it where it is by then.
    if (hasLeft(again)) throw new Unavailable("archive", 1);
    return again;
  };
  return {
    ...stock,
    reserve: async (requests) => {
      const outcomes = await stock.reserve(requests);
      return Promise.all(
        outcomes.map((outcome, place) => repeated(ports, requests[place]?.orderId, outcome)),
      );
    },
    collect: async (request) => {
      const outcome = await stock.collect(request);
      return outcome.kind === "busy" ? outcome : repeated(ports, request.orderId, outcome);
    },
    recordPayment: (payment, merchant) =>
      orRestored(payment.orderId, () => stock.recordPayment(payment, merchant)),
    recordPayments: async (reports) => {
      const records = await stock.recordPayments(reports);
      return Promise.all(
        records.map((record, place) => {
          const report = reports[place];
          return report !== undefined && hasLeft(record)
            ? orRestored(report.payment.orderId, () => recordOne(stock, report))
            : record;
        }),
      );
    },
    cancel: (request) => orRestored(request.orderId, () => stock.cancel(request)),
    stopWaiting: (request) => orRestored(request.orderId, () => stock.stopWaiting(request)),
    review: (request) => orRestored(request.orderId, () => stock.review(request)),
    beginRefund: (request) => orRestored(request.orderId, () => stock.beginRefund(request)),
    settleRefund: (request) => orRestored(request.orderId, () => stock.settleRefund(request)),
    hearDispute: (request) => orRestored(request.orderId, () => stock.hearDispute(request)),
    fulfil: (request) => orRestored(request.orderId, () => stock.fulfil(request)),
    order: async (id) => orArchived(id, await stock.order(id)),
    waitForChange: async (id, knownVersion, waitMs) =>
      orArchived(id, await stock.waitForChange(id, knownVersion, waitMs)),
    keys: async (query) => withTexts(ports, await stock.keys(query)),
  };
}

async function recordOne(stock: ProductStockRpc, report: PaymentReport): Promise<PaymentRecord> {
  const [record] = await stock.recordPayments([report]);
  if (record === undefined) throw new Error("recordPayments answered nothing");
  return record;
}

function hasLeft(outcome: object): boolean {
  return "archived" in outcome && outcome.archived === true;
}

/** The same request for an order that has left is answered as ever, and brings nothing back. */
async function repeated(
  ports: Ports,
  id: OrderId | undefined,
  outcome: ReserveOutcome,
): Promise<ReserveOutcome> {
  if (id === undefined || !hasLeft(outcome)) return outcome;
  const { order } = await mustRead(ports, id);
  return { kind: "repeated", order };
}

/** Keys whose text left with their orders, with it. */
async function withTexts(ports: Ports, page: KeyPage): Promise<KeyPage> {
  const bare = page.keys.flatMap(({ sealed, orderId }) =>
    sealed === "" && orderId !== null ? [orderId] : [],
  );
  if (bare.length === 0) return page;
  const records = await read(ports, [...new Set(bare)]);
  const texts = new Map(records.flatMap(({ order }) => order.keys.map((key) => [key.id, key])));
  const complete = (key: KeyRow): KeyRow => {
    const text = key.sealed === "" ? texts.get(key.id) : undefined;
    return text === undefined ? key : { ...key, sealed: text.sealed, note: text.note };
  };
  return { ...page, keys: page.keys.map(complete) };
}

/**
 * The book is told first that the order may leave again: a crash after that leaves an order that
 * the archive job looks at in vain, and never one that nobody looks at.
 */
async function bringBack(ports: Ports, stock: ProductStockRpc, id: OrderId): Promise<void> {
  const record = await mustRead(ports, id);
  await ports.archive.reschedule([record.order], ports.clock.nowMs() + STAYS_MS).catch(unavailable);
  const { kind } = await stock.restore(record);
  if (kind !== "refused") return;
  // It was back and has left again, changed, since the record was read: whoever asks once more reads
  // the new one.
  const now = await mustRead(ports, id);
  if (now.order.version !== record.order.version) throw new Unavailable("archive", 1);
  throw new Error(`order ${id}: the archive has another than has left`);
}

/** An object that says "it has left" and an archive without it: a bug, or a database set back. */
async function mustRead(ports: Ports, id: OrderId): Promise<ArchivedOrder> {
  const record = await readOne(ports, id);
  if (record === null) throw new Error(`order ${id} has left its object and is not in the archive`);
  return record;
}

async function readOne(ports: Ports, id: OrderId): Promise<ArchivedOrder | null> {
  return (await read(ports, [id]))[0] ?? null;
}

function read({ archive }: Ports, ids: readonly OrderId[]): Promise<readonly ArchivedOrder[]> {
  return archive.read(ids).catch(unavailable);
}

function unavailable(cause: unknown): never {
  throw new Unavailable("archive", 5, { cause });
}
