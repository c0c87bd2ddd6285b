import { MERCHANT, NOW_MS, payment, request } from "../../test/store/fixtures.ts";
import { newOrderId, openStock } from "./stock-file.ts";

/**
 * Sells from a stock file in a process of its own, `sell.ts <file>`, and prints what it took. In all
 * fewer orders than the small file has keys.
 */
const ALONE = { each: 1, warmUp: 50, transactions: 150 };
const TOGETHER = { each: 100, warmUp: 1, transactions: 5 };

/** Processor time, and time on the clock, which a neighbour or the disk may take. */
export interface Spent {
  readonly processorMicros: number;
  readonly wallMicros: number;
}

/** Of each reservation and payment, its share of the commit included; one for each transaction. */
export interface Acts {
  readonly reserve: Spent[];
  readonly pay: Spent[];
}

export interface Sold {
  /** Each in a commit of its own, as in a quiet hour. */
  readonly alone: Acts;
  /** A hundred to a commit, as a rush arrives. */
  readonly together: Acts;
  /** Of counting the stock, as pages ask for when it has changed. */
  readonly count: Spent;
  readonly heapMegabytes: number;
  readonly residentMegabytes: number;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("sell.ts <file>");
const { database, store } = openStock(file);
const alone = sell(ALONE);
const together = sell(TOGETHER);
const count = spent(1, () => store.stock());
const { heapUsed, rss } = process.memoryUsage();
database.close();
process.stdout.write(
  JSON.stringify({
    alone,
    together,
    count,
    heapMegabytes: heapUsed / 1e6,
    residentMegabytes: rss / 1e6,
  } satisfies Sold),
);

function sell({ each, warmUp, transactions }: typeof ALONE): Acts {
  const reserve: Spent[] = [];
  const pay: Spent[] = [];
  for (let transaction = 0; transaction < warmUp + transactions; transaction++) {
    const orders = Array.from({ length: each }, () => {
      const orderId = newOrderId();
      const email = `buyer-${orderId}@example.com`;
      const tradeNo = `trade-${orderId}`;
      return { request: request(0, { orderId, email }), payment: payment(0, { orderId, tradeNo }) };
    });
    const reserved = spent(each, () => {
      const requests = orders.map((order) => order.request);
      const outcomes = store.reserve(requests, NOW_MS);
      if (outcomes.some(({ kind }) => kind !== "reserved")) throw new Error("an order had no key");
    });
    const paid = spent(each, () =>
      store.transaction(() => {
        for (const order of orders) store.recordPayment(order.payment, MERCHANT, NOW_MS);
      }),
    );
    if (transaction < warmUp) continue;
    reserve.push(reserved);
    pay.push(paid);
  }
  return { reserve, pay };
}

function spent(times: number, work: () => void): Spent {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  work();
  const wallMicros = ((performance.now() - startedAt) * 1_000) / times;
  const { user, system } = process.cpuUsage(before);
  return { processorMicros: (user + system) / times, wallMicros };
}
