import { drizzle } from "drizzle-orm/d1";
import { makeDisputes } from "../../../src/db/disputes/disputes.ts";
import { makeOrderBook } from "../../../src/db/orders/order-book.ts";
import { makeNoticeBook } from "../../../src/db/payments/payment-notices.ts";
import { makePaymentQueries } from "../../../src/db/payments/payment-queries.ts";
import { makeRefunds } from "../../../src/db/payments/refunds.ts";
import { makeTradeBook } from "../../../src/db/payments/reused-trades.ts";
import { makeTasks } from "../../../src/db/payments/tasks.ts";
import type {
  PaymentAccounts,
  PaymentOpenings,
} from "../../../src/flows/payments/payment-ports.ts";
import type { TradeBook } from "../../../src/flows/payments/trade-ports.ts";
import type { GatewayQuestions, PaymentQueries } from "../../../src/flows/payments/query-ports.ts";
import { makeNoticeInbox } from "../../../src/platform/notice-inbox.ts";
import type { Edge } from "../edge.ts";
import { turnsIn } from "../namespace.ts";
import { ownerOf } from "../shop.ts";
import type { World } from "../world.ts";
import type { MoneyWorld } from "./money-world.ts";

/** What the flows of money get beside those of selling. */
export interface MoneyPorts {
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentOpenings: PaymentOpenings;
  readonly paymentQueries: PaymentQueries;
  readonly refunds: ReturnType<typeof makeRefunds>;
  readonly tasks: ReturnType<typeof makeTasks>;
  readonly trades: TradeBook;
  readonly disputeBook: ReturnType<typeof makeDisputes>;
  /** Its worlds are too small for slices: what one run does not ask, the next one does. */
  readonly gatewayQuestions: GatewayQuestions;
  readonly breakers: { isOpen(): boolean };
  readonly pause: (ms: number) => Promise<void>;
}

/** The edge as platform/deps.ts makes it, where money is watched: D1's own SQL, each statement over a wire. */
export function withMoney(edge: Edge, world: World, money: MoneyWorld): Edge {
  const db = drizzle(money.d1.over((work) => world.network.call("d1", work)));
  const inbox = makeNoticeInbox({
    book: makeNoticeBook(db),
    vault: world.vault,
    turns: turnsIn(world),
  });
  // Together with the book that the auditor reads it is one batch, so the wire is around both.
  const rows = makeOrderBook(drizzle(money.d1.over((work) => Promise.resolve(work()))));
  const trades = makeTradeBook(db);
  const real: MoneyPorts = {
    paymentAccounts: accountsOf(world, money),
    // Every payment here is known to its gateway by the order's id.
    paymentOpenings: { find: () => Promise.resolve(null), keep: () => Promise.resolve() },
    paymentQueries: makePaymentQueries(db),
    refunds: makeRefunds(db),
    tasks: makeTasks(db),
    trades,
    disputeBook: makeDisputes(db),
    gatewayQuestions: { send: () => Promise.resolve() },
    breakers: { isOpen: () => false },
    pause: (ms) => world.timeline.sleep(ms),
  };
  const ports = world.fault.money?.(real) ?? real;
  return {
    ...edge,
    shopSettings: async (merchantId) => ({
      ...(await edge.shopSettings(merchantId)),
      money: money.policy(merchantId),
    }),
    notices: {
      async keep(notice) {
        await inbox.keep(notice);
        world.book.keep(notice);
      },
      keepLater: (notice) => inbox.keepLater(notice),
    },
    disputes: ports.disputeBook,
    trades,
    orderBook: {
      ...edge.orderBook,
      publish: (orders, atMs) =>
        world.network.call("d1", async () => {
          await rows.publish(orders, atMs);
          return world.book.publish(orders, atMs);
        }),
    },
    money: ports,
  };
}

/** The ports of money; only a world where money is watched has them. */
export function moneyOf(edge: Edge): Edge & MoneyPorts {
  if (edge.money === null) throw new Error("no money is watched here");
  return { ...edge, ...edge.money };
}

function accountsOf({ fault }: World, money: MoneyWorld): PaymentAccounts {
  return {
    account: (id) => {
      const real = money.gateways.get(id)?.port();
      const merchantId = ownerOf(id);
      if (real === undefined || merchantId === null) return Promise.resolve(null);
      return Promise.resolve({ id, merchantId, gateway: fault.gateway?.(real) ?? real });
    },
  };
}
