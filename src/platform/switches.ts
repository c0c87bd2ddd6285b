import { EdgeMemory } from "../domain/memory/edge-memory.ts";
import type { AccountId, MerchantId } from "../domain/ids.ts";
import type { Listing } from "../domain/product/product.ts";
import type { ShopSettings } from "../domain/settings/shop-settings.ts";
import {
  NOTHING_OFF,
  offByOperator,
  offeredNow,
  offForShop,
  type Off,
  type SwitchedOff,
} from "../domain/switches.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { Catalog, Switches } from "../flows/ports.ts";
import { errorFields, RareLog } from "./log.ts";

/** Felt everywhere within two seconds: what is fresh for one is given for another while it is read. */
const FRESH_MS = 1_000;
const STALE_MS = 1_500;
const ALL = "all";

interface Sources {
  readonly turns: Turns;
  readonly all: () => Promise<readonly SwitchedOff[]>;
  readonly settings: (merchantId: MerchantId) => Promise<ShopSettings>;
}

export interface KnownSwitches extends Switches {
  /** Whether anything of the operator's is off, as far as this isolate knows; asks nobody. */
  isAnyOff(): boolean;
  /** Off by the operator, as far as this isolate knows. */
  known(): Off;
  forget(): void;
}

/**
 * Switches, through the isolate's memory. With D1 down what was last known holds; an isolate that never
 * knew takes everything to be on, because a shop that closes when its database does is no better for it.
 */
export function makeSwitches({ turns, all, settings }: Sources): KnownSwitches {
  const rareLog = new RareLog();
  const rows = new EdgeMemory<readonly SwitchedOff[]>(
    { turns, shared: null, name: "switches", entriesMax: 1, freshMs: FRESH_MS, staleMs: STALE_MS },
    all,
  );
  let last: readonly SwitchedOff[] = [];
  async function operator(): Promise<Off> {
    const fresh = rows.fresh(ALL);
    last = fresh ?? (await rows.get(ALL).catch((error: unknown) => unknown(error, last)));
    return offByOperator(last, turns.nowMs());
  }
  function unknown<Value>(error: unknown, otherwise: Value): Value {
    rareLog.warn("switches_unknown", "switches", turns.nowMs(), () => errorFields(error));
    return otherwise;
  }
  const known = () => (last.length === 0 ? NOTHING_OFF : offByOperator(last, turns.nowMs()));
  return {
    async of(merchantId) {
      const off = await operator();
      if (merchantId === null) return off;
      const decided = await settings(merchantId).catch((error: unknown) => unknown(error, null));
      return decided === null ? off : offForShop(off, decided);
    },
    isAnyOff: () => known() !== NOTHING_OFF,
    known,
    forget: () => rows.forget(),
  };
}

/** The catalogue with only those accounts that are offered now, for pages, programs and orders alike. */
export function offeredCatalog<Book extends Catalog>(
  book: Book,
  switches: Switches,
  isFailing: (accountId: AccountId) => boolean,
): Book {
  const offered = async (merchantId: MerchantId, listing: Listing | null) =>
    listing && offeredNow(listing, await switches.of(merchantId), isFailing);
  return {
    ...book,
    listing: async (merchantId, name) => offered(merchantId, await book.listing(merchantId, name)),
    listings: async (merchantId) => {
      const [listed, off] = await Promise.all([book.listings(merchantId), switches.of(merchantId)]);
      return listed.map((listing) => offeredNow(listing, off, isFailing));
    },
    freshListing: async (merchantId, id) =>
      offered(merchantId, await book.freshListing(merchantId, id)),
  };
}
