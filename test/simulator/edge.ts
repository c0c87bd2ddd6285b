import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import type { Listing } from "../../src/domain/product/product.ts";
import { readThrough } from "../../src/domain/memory/read-through.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import type { AdmissionPorts } from "../../src/flows/orders/order-guards/admission.ts";
import type { DisputeBook } from "../../src/flows/disputes/dispute-ports.ts";
import type { lookUpOrders } from "../../src/flows/orders/look-up-orders.ts";
import type { MailDue } from "../../src/flows/mail/mail-due.ts";
import type {
  Archive,
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
import type { LimitPorts } from "../../src/flows/orders/order-guards/limit.ts";
import { throughArchive } from "../../src/flows/orders/through-archive.ts";
import type { TradeBook } from "../../src/flows/payments/trade-ports.ts";
import { stockObjects } from "../../src/platform/objects.ts";
import { nobodysDispute } from "../support/node/nobodys-dispute.ts";
import { noLimits } from "../support/node/no-limits.ts";
import type { RiskPorts } from "../../src/flows/orders/order-guards/judge-risk.ts";
import { doubtingRisk } from "../support/node/no-risk.ts";
import { simulatedDrops } from "./drops.ts";
import { stockNamespace, turnsIn } from "./namespace.ts";
import type { SoldOut } from "../../src/flows/orders/sold-out-ports.ts";
import { remembersNothing } from "../support/node/memory-shop.ts";
import { withMoney, type MoneyPorts } from "./money/money-edge.ts";
import { Process } from "./network.ts";
import { productNumberOf } from "./shop.ts";
import type { World } from "./world.ts";

type Lookup = Parameters<typeof lookUpOrders>[0]["orderBook"];

/** What the flows of one isolate get: every port a wire that can break. */
export interface Edge extends LimitPorts, RiskPorts {
  readonly stock: StockObjects;
  readonly archive: Archive;
  readonly catalog: Catalog;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly soldOut: SoldOut;
  readonly notices: NoticeInbox;
  readonly disputes: DisputeBook;
  readonly orderBook: OrderBookWriter & Lookup;
  readonly trades: Pick<TradeBook, "reused" | "takenBy">;
  readonly deliveries: Deliveries;
  readonly deliveryEmails: Outlet<MailDue>;
  readonly mailSenders: readonly MailSender[];
  readonly settings: { readonly publicOrigin: string };
  readonly audit: { append(): Promise<void> };
  readonly keyBatches: { record(): Promise<void> };
  readonly drops: AdmissionPorts["drops"];
  /** Null where nobody watches the gateways' side. */
  readonly money: MoneyPorts | null;
}

/** As platform/clock.ts. */
const PATIENCE_MS = 500;

type D1 = <T>(work: () => T) => Promise<T>;

/** As platform/deps.ts: once for each isolate. */
export function composeEdge(world: World): Edge {
  const { network, book } = world;
  const d1: D1 = (work) => network.call("d1", work);
  const clock = { nowMs: () => world.timeline.nowMs + world.edgeSkewMs };
  const archive: Archive = {
    due: (nowMs, limit) => d1(() => book.archive.due(nowMs, limit)),
    keep: (records) => d1(() => book.archive.keep(records)),
    read: (ids) => d1(() => book.archive.read(ids)),
    reschedule: (orders, atMs) => d1(() => book.archive.reschedule(orders, atMs)),
  };
  const stock = stockObjects(stockNamespace(world), turnsIn(world));
  const edge: Edge = {
    ...noLimits,
    ...doubtingRisk(),
    stock: remembered(throughArchive({ stock, archive, clock })),
    archive,
    catalog: catalogOver(world, clock, d1),
    vault: world.vault,
    clock,
    entropy: { bytes: (length) => Process.current().random.bytes(length) },
    // Each refusal is the object's: what is remembered of it is a second old by design.
    soldOut: remembersNothing,
    // Copies of what objects hold prove nothing: the audit asks the objects.
    notices: { keep: (notice) => d1(() => book.keep(notice)), keepLater: () => undefined },
    // Nobody disputes here: test/worker/disputes.test.ts.
    disputes: { tell: async (told) => nobodysDispute(told), heard: () => Promise.resolve() },
    orderBook: {
      publish: (orders, atMs) => d1(() => book.publish(orders, atMs)),
      lookup: (merchant, by, limit) => d1(() => book.lookup(merchant, by, limit)),
    },
    // Numbers here are of one product each: two are test/worker/reused-trades.test.ts.
    trades: { reused: async () => [], takenBy: async () => [null] },
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
    deliveryEmails: { send: (mails) => world.deliveryEmails.send(mails) },
    mailSenders: [{ name: "simulated", send: (mail) => sendMail(world, mail) }],
    settings: { publicOrigin: "https://shop.example.com" },
    audit: { append: () => d1(() => undefined) },
    keyBatches: { record: () => d1(() => undefined) },
    drops: simulatedDrops(world),
    money: null,
  };
  return world.money === null ? edge : withMoney(edge, world, world.money);
}

/** As the objects' stubs are: made once, and found again. */
function remembered(objects: StockObjects): StockObjects {
  const known = new Map<number, ProductStockRpc>();
  return {
    of(number) {
      const object = known.get(number) ?? objects.of(number);
      known.set(number, object);
      return object;
    },
  };
}

/** As src/db/shop/catalog.ts: what an isolate remembers for a moment, before D1. */
function catalogOver({ shop, timeline }: World, clock: Clock, d1: D1): Catalog {
  const patience = () => timeline.sleep(PATIENCE_MS);
  const memory = readThrough<Listing>(
    { clock, patience, entriesMax: 100, freshMs: 700, readingMs: 250, source: "catalogue" },
    (number) => d1(() => shop.listing(Number(number))),
  );
  const named = (id: string) => memory.get(String(productNumberOf(id)));
  return {
    listing: (_merchant, id) => named(id),
    listings: () => Promise.resolve([]),
    freshListing: (_merchant, id) => d1(() => shop.listing(productNumberOf(id))),
    productByNumber: (number) => d1(() => shop.listing(number).product),
  };
}

/** The provider takes a mail once under its id, however often it is sent, as Resend does. */
async function sendMail(world: World, mail: Mail): Promise<MailOutcome> {
  try {
    return await world.network.call("mail", (): MailOutcome => {
      world.outbox.set(mail.id, mail);
      return { kind: "sent", messageId: mail.id };
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { kind: "refused", permanent: false, reason: "unavailable" };
  }
}
