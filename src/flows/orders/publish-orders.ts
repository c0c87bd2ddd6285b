import {
  READ_BATCH_MAX,
  type OrderSnapshot,
} from "../../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import { batches, byProduct } from "./by-product.ts";
import { flagReusedTrades, type TradeFlags } from "../payments/flag-reused-trades.ts";
import { mailDueMessage, type MailDue } from "../mail/mail-due.ts";
import type { MailSender, OrderBookWriter, Outlet, StockObjects } from "../ports.ts";

interface PublishDeps extends TradeFlags {
  readonly stock: StockObjects;
  readonly orderBook: OrderBookWriter;
  readonly deliveryEmails: Outlet<MailDue>;
  readonly mailSenders: readonly MailSender[];
}

/** Orders of a product whose object could not be asked: to be tried again. */
export interface Unpublished {
  readonly stockNumber: number;
  readonly ids: readonly OrderId[];
  readonly cause: unknown;
}

/**
 * Copies the present truth of these orders into the order book, asks for the mails that they owe, shows a
 * person what one number has paid twice, and tells the objects that it is done. The messages are only hints,
 * so it may run twice, late and out of order. A crash loses nothing: before the write the objects send the
 * hints again; after it the deliveries stand in the book and the schedule asks for them; an object that has
 * not heard back sends once more, and the book says that it knows.
 * Throws when the book or the mail queue does not answer: then all of it is to be tried again.
 */
export async function publishOrders(
  deps: PublishDeps,
  ids: readonly OrderId[],
  nowMs: number,
): Promise<readonly Unpublished[]> {
  const reads = await Promise.all(
    byProduct(ids).map(([stockNumber, theirs]) => readOrders(deps.stock, stockNumber, theirs)),
  );
  const orders = reads.flatMap((read) => read.orders);
  const owed = await deps.orderBook.publish(orders, nowMs);
  // With nobody to send them the mails wait in the book, for the schedule to ask now and then.
  if (owed.length > 0 && deps.mailSenders.length > 0) {
    await deps.deliveryEmails.send(owed.map(mailDueMessage));
  }
  // Last of what may fail: no mail waits for it, and it is done again with the rest.
  await flagReusedTrades(deps, orders, nowMs);
  const acknowledged = await Promise.all(reads.map((read) => acknowledge(deps.stock, read)));
  return [...reads, ...acknowledged].flatMap((read) => read.unpublished ?? []);
}

interface Read {
  readonly stockNumber: number;
  readonly orders: readonly OrderSnapshot[];
  readonly unpublished: Unpublished | null;
}

async function readOrders(
  stock: StockObjects,
  stockNumber: number,
  ids: readonly OrderId[],
): Promise<Read> {
  try {
    const object = stock.of(stockNumber);
    const read = await Promise.all(
      batches(ids, READ_BATCH_MAX).map((batch) => object.readForOrderBook(batch)),
    );
    return { stockNumber, orders: read.flat(), unpublished: null };
  } catch (cause) {
    // One product's object is down: the other products' orders are published all the same.
    return { stockNumber, orders: [], unpublished: { stockNumber, ids, cause } };
  }
}

async function acknowledge(stock: StockObjects, { stockNumber, orders }: Read): Promise<Read> {
  try {
    const object = stock.of(stockNumber);
    const published = orders.map(({ id, version }) => ({ id, version }));
    await Promise.all(batches(published, READ_BATCH_MAX).map((batch) => object.acknowledge(batch)));
    return { stockNumber, orders, unpublished: null };
  } catch (cause) {
    const ids = orders.map((order) => order.id);
    return { stockNumber, orders, unpublished: { stockNumber, ids, cause } };
  }
}
