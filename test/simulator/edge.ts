import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import { Unavailable } from "../../src/domain/unavailable.ts";
import type { MailDue } from "../../src/flows/mail-due.ts";
import type {
  Catalog,
  Clock,
  Deliveries,
  Entropy,
  Mail,
  MailOutcome,
  MailSender,
  NoticeInbox,
  OrderBookWriter,
  Outlet,
  StockObjects,
  Vault,
} from "../../src/flows/ports.ts";
import type { Process } from "./network.ts";
import { catalogOver } from "./shop.ts";
import type { StockObject } from "./stock-object.ts";
import type { World } from "./world.ts";

/** What the flows of one process get: every port a wire that can break. */
export interface Edge {
  readonly stock: StockObjects;
  readonly catalog: Catalog;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly notices: NoticeInbox;
  readonly orderBook: OrderBookWriter;
  readonly deliveries: Deliveries;
  readonly deliveryEmails: Outlet<MailDue>;
  readonly mailSenders: readonly MailSender[];
  readonly settings: { readonly publicOrigin: string };
  readonly audit: { append(): Promise<void> };
  readonly keyBatches: { record(): Promise<void> };
}

export function edgeOf(world: World, process: Process): Edge {
  const { network, book, shop } = world;
  const d1 = <T>(work: () => T): Promise<T> => network.call(process, "d1", work);
  const nowMs = () => world.timeline.nowMs + world.edgeSkewMs;
  return {
    stock: { of: (number) => stockOver(world, process, world.object(number)) },
    catalog: catalogOver(
      shop,
      (product) => shop.remembered(product, world.timeline.nowMs, process.random.chance(0.5)),
      d1,
    ),
    vault: world.vault,
    clock: { nowMs },
    entropy: { bytes: (length) => process.random.bytes(length) },
    notices: { keep: (notice) => d1(() => book.keep(notice)) },
    orderBook: { publish: (orders, atMs) => d1(() => book.publish(orders, atMs)) },
    deliveries: {
      claim: (id, atMs, leaseMs) => d1(() => book.claim(id, atMs, leaseMs)),
      sent: (id) => d1(() => book.sent(id)),
      retry: (claimed, _reason, dueAtMs) =>
        d1(() => book.end(claimed, { state: "retrying", dueAtMs })),
      failed: (claimed) => d1(() => book.end(claimed, { state: "failed" })),
      superseded: (claimed) => d1(() => book.end(claimed, { state: "superseded" })),
      postpone: (id, _reason, dueAtMs) => d1(() => book.postpone(id, dueAtMs)),
      addRound: () => Promise.reject(new Error("nobody asks for a second mail here")),
    },
    deliveryEmails: { send: (mails) => world.deliveryEmails.send(process, mails) },
    mailSenders: [{ name: "simulated", send: (mail) => sendMail(world, process, mail) }],
    settings: { publicOrigin: "https://shop.example.com" },
    audit: { append: () => d1(() => undefined) },
    keyBatches: { record: () => d1(() => undefined) },
  };
}

function stockOver(world: World, process: Process, object: StockObject): ProductStockRpc {
  const call: <T>(work: Parameters<typeof object.call<T>>[0]) => Promise<T> = (work) =>
    world.network.call(process, `product-${object.number}`, () => object.call(work));
  const absent = (): Promise<never> => Promise.reject(new Error("no flow here asks for that"));
  return {
    configure: (terms) => call((instance) => instance.configure(terms)),
    reserve: (requests) => call((instance) => instance.reserve(requests)),
    recordPayment: (payment, merchant) =>
      call((instance) => instance.recordPayment(payment, merchant)),
    cancel: (request) => call((instance) => instance.cancel(request)),
    fulfil: (request) => call((instance) => instance.fulfil(request)),
    order: (id) => call((instance) => instance.order(id)),
    importKeys: (batch) => call((instance) => instance.importKeys(batch)),
    readForOrderBook: (ids) => call((instance) => instance.readForOrderBook(ids)),
    acknowledge: (published) => call((instance) => instance.acknowledge(published)),
    // Products here have one shard: nobody looks for keys elsewhere.
    collect: absent,
    collectOwed: absent,
    waitForChange: absent,
    stock: absent,
    keys: absent,
    readForArchive: absent,
    prune: absent,
    restore: absent,
    books: absent,
    health: absent,
  };
}

/** The provider takes a mail once under its id, however often it is sent, as Resend does. */
async function sendMail(world: World, process: Process, mail: Mail): Promise<MailOutcome> {
  try {
    return await world.network.call(process, "mail", (): MailOutcome => {
      world.outbox.set(mail.id, mail);
      return { kind: "sent", messageId: mail.id };
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { kind: "refused", permanent: false, reason: "unavailable" };
  }
}
