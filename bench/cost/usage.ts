import { mapReadings } from "../meter/readings.ts";
import type { Usage } from "./prices.ts";

export function scaled(usage: Usage, factor: number): Usage {
  return {
    ...mapReadings((name) => usage[name] * factor),
    processorMs: usage.processorMs * factor,
    objectSeconds: usage.objectSeconds * factor,
  };
}

function sum(usages: readonly Usage[]): Usage {
  const of = (value: (usage: Usage) => number) =>
    usages.reduce((together, usage) => together + value(usage), 0);
  return {
    ...mapReadings((name) => of((usage) => usage[name])),
    processorMs: of((usage) => usage.processorMs),
    objectSeconds: of((usage) => usage.objectSeconds),
  };
}

/** What one of each act uses, as it was metered. */
export interface Acts {
  /** Order, notice, key read, with the order book behind it. */
  readonly purchase: Usage;
  /** An order that is told "sold out". */
  readonly refusal: Usage;
  readonly pageView: Usage;
}

/**
 * A million visitors to a drop of a thousand keys. What the model says, and not what was counted:
 * - each opens the product's page twice: when it opens, and to see whether it is over;
 * - one in ten gets as far as an order: a thousand are buyers, the others are told "sold out";
 * - a buyer's page asks three times more before the key is read (it waits on one pending call);
 * - 300 isolates answer, and each asks the object for its stock once a second; it counts its keys
 *   once for each version of the stock that it is asked for, so once a second at most;
 * - styles, scripts and pictures are static assets, which are free and reach no Worker;
 * - nobody is served from a cache: `Cache-Control` lets browsers and a cache in front keep pages for a
 *   second, which makes no visitor dearer;
 * - the product's object is active for a quarter of an hour.
 */
export const DROP = {
  visitors: 1_000_000,
  keys: 1_000,
  pageViewsEach: 2,
  orderingShare: 0.1,
  looksPerBuyer: 3,
  isolates: 300,
  activeSeconds: 900,
} as const;

export function dropUsage({ purchase, refusal, pageView }: Acts): Usage {
  const { visitors, keys, isolates, activeSeconds } = DROP;
  const nothing = scaled(pageView, 0);
  // Without the calls for stock, which come by the second and not by the view.
  const page = {
    ...nothing,
    workerRequests: pageView.workerRequests,
    processorMs: pageView.processorMs,
  };
  const stockCalls = isolates * activeSeconds;
  const acts = sum([
    scaled(page, visitors * DROP.pageViewsEach),
    { ...nothing, objectRequests: stockCalls, objectRowsRead: stockCalls + keys * activeSeconds },
    scaled(purchase, keys),
    scaled({ ...page, objectRequests: 1, objectRowsRead: 3 }, keys * DROP.looksPerBuyer),
    scaled(refusal, visitors * DROP.orderingShare - keys),
  ]);
  // The object's time is the drop's, not the sum of what each act took here.
  return { ...acts, objectSeconds: activeSeconds };
}
