import {
  FREE_COUNTED_MAX,
  type KnownOrdersText,
  type SoldOutReport,
} from "../../durable-objects/product-stock/sold-out-contract.ts";
import { BloomFilter } from "../domain/memory/bloom-filter.ts";
import { EdgeMemory } from "../domain/memory/edge-memory.ts";
import { fromBase64 } from "../domain/encoding.ts";
import { parseOrderId, type OrderId } from "../domain/ids.ts";
import { Lru } from "../domain/memory/lru.ts";
import { stockNumbers } from "../domain/product/shards.ts";
import type { SharedMemory } from "../domain/memory/shared-memory.ts";
import { saleState, type Terms } from "../domain/product/terms.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { Shortage, SoldOut, Wanted } from "../flows/orders/sold-out-ports.ts";
import { errorFields, log } from "./log.ts";

/** What was heard is at most a second old: half in this isolate, half in the data centre. */
const FRESH_MS = 300;
const STALE_MS = 500;
const SHARED_MS = 500;
/** Reports weigh up to 90,000 characters for each shard. */
const CHARACTERS_MAX = 8_000_000;
const PRODUCTS_MAX = 500;
/** After its last refusal by an object, a product is looked at for so long before each order. */
const STICKS_MS = 60_000;
/** Objects that cannot say (of an older version, or too busy) are not asked again for so long. */
const RESTS_MS = 5_000;
/** Orders of this isolate that went to their objects lately. */
const SENT_MAX = 20_000;

/** What the shards of a product have said, together. Plain JSON: data centres keep it. */
interface Heard {
  readonly termsVersion: number;
  readonly free: Readonly<Record<string, number>>;
  /** By the shard's number. */
  readonly known: Readonly<Record<string, KnownOrdersText>>;
}

interface Options {
  /** What each shard of a product says, in their order. */
  readonly ask: (terms: Pick<Terms, "productNumber" | "shards">) => Promise<SoldOutReport[]>;
  readonly turns: Turns;
  readonly dataCentre: SharedMemory | null;
}

export interface KnownSoldOut extends SoldOut {
  /** Whether anything was sold out in the last minute. */
  isAny(): boolean;
}

/**
 * Refusals without the object. A product that an object has called sold out is looked at once a second,
 * and in between orders are refused by what was heard, unless the object may know them.
 */
export function makeSoldOut({ ask, turns, dataCentre }: Options): KnownSoldOut {
  /** Until when a product is looked at. */
  const noted = new Lru<number>({ entriesMax: PRODUCTS_MAX });
  let lastUntilMs = 0;
  const sent = new Lru<true>({ entriesMax: SENT_MAX });
  const filters = new WeakMap<Heard, ReadonlyMap<number, BloomFilter>>();
  const reports = new EdgeMemory<Heard | null>(
    {
      turns,
      shared: dataCentre,
      name: "sold-out",
      freshMs: FRESH_MS,
      staleMs: STALE_MS,
      sharedMs: SHARED_MS,
      entriesMax: PRODUCTS_MAX,
      weightMax: CHARACTERS_MAX,
    },
    async (key) => {
      const terms = parseKey(key);
      return together(stockNumbers(terms), await ask(terms));
    },
  );

  async function hear(key: string): Promise<Heard | null> {
    try {
      const heard = await reports.get(key);
      // There is enough again, or it cannot be told: orders go to the object as ever.
      if (heard === null) noted.delete(key);
      return heard;
    } catch (error) {
      noted.set(key, -(turns.nowMs() + RESTS_MS));
      log("warn", "sold_out_unknown", { product: key, ...errorFields(error) });
      return null;
    }
  }

  function filtersOf(heard: Heard): ReadonlyMap<number, BloomFilter> {
    let known = filters.get(heard);
    if (known === undefined) filters.set(heard, (known = openFilters(heard)));
    return known;
  }

  function shortageBy(heard: Heard | null, terms: Terms, wanted: Wanted): Shortage | null {
    if (heard === null || heard.termsVersion !== terms.version) return null;
    const available = heard.free[wanted.variantId ?? ""];
    if (available === undefined || available >= Math.min(wanted.quantity, FREE_COUNTED_MAX)) {
      return null;
    }
    const known = filtersOf(heard);
    return {
      available,
      mayKnow: (id) => sent.get(id) === true || mayBeIn(known, id),
    };
  }

  return {
    note(terms) {
      const key = keyOf(terms);
      const until = noted.get(key) ?? 0;
      if (-until > turns.nowMs()) return;
      lastUntilMs = turns.nowMs() + STICKS_MS;
      noted.set(key, lastUntilMs);
    },
    isAny: () => turns.nowMs() < lastUntilMs,
    sends: (id) => sent.set(id, true),
    shortage(terms, wanted) {
      if (noted.size === 0) return null;
      const key = keyOf(terms);
      const until = noted.get(key);
      const nowMs = turns.nowMs();
      if (until === undefined || until < nowMs || saleState(terms, nowMs) !== "open") return null;
      return hear(key).then((heard) => shortageBy(heard, terms, wanted));
    },
  };
}

/** Null where it has to be asked each time. */
function together(numbers: readonly number[], said: readonly SoldOutReport[]): Heard | null {
  const free: Record<string, number> = {};
  const known: Record<string, KnownOrdersText> = {};
  const termsVersion = said[0]?.termsVersion ?? null;
  for (const [place, report] of said.entries()) {
    const { knownOrders } = report;
    if (report.isMoving || knownOrders === null || report.termsVersion !== termsVersion)
      return null;
    known[String(numbers[place])] = knownOrders;
    for (const [variant, count] of Object.entries(report.free)) {
      free[variant] = (free[variant] ?? 0) + count;
    }
  }
  return termsVersion === null ? null : { termsVersion, free, known };
}

function openFilters({ known }: Heard): ReadonlyMap<number, BloomFilter> {
  return new Map(
    Object.entries(known).flatMap(([number, { bits, hashes }]) => {
      const bytes = fromBase64(bits);
      return bytes === null ? [] : [[Number(number), new BloomFilter(bytes, hashes)] as const];
    }),
  );
}

/** Of what nothing was heard, anything may be known. */
function mayBeIn(known: ReadonlyMap<number, BloomFilter>, id: OrderId): boolean {
  const number = parseOrderId(id)?.stockNumber;
  const filter = number === undefined ? undefined : known.get(number);
  return filter === undefined || filter.mayHave(id);
}

function keyOf({ productNumber, shards = 1 }: Terms): string {
  return `${productNumber}/${shards}`;
}

function parseKey(key: string): { productNumber: number; shards: number } {
  const [productNumber = 0, shards = 1] = key.split("/").map(Number);
  return { productNumber, shards };
}
