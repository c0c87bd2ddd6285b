import { knownNetwork, type Caller } from "../network/caller.ts";
import { canonicalEmail } from "../email.ts";
import type { MerchantId, OrderId } from "../ids.ts";
import { Memo } from "../memory/memo.ts";
import type { RiskFacts } from "./risk.ts";
import { DecayingCounts } from "./velocity.ts";

/** "Lately": what was counted so long ago counts half. */
const HALF_LIFE_MS = 10 * 60_000;
/** Some 100 bytes each, so the whole memory is 10 MB of an isolate's 128 at the very most. */
const KEYS_MAX = 50_000;
const ORDERS_MAX = 20_000;
const BUYERS_MAX = 20_000;
/** Longer than a client goes on asking for the same order. */
const ORDER_MS = 60 * 60_000;
const COUNTRY_MS = 24 * 60 * 60_000;

/** An order as it was asked for, with its shop: one shop's customers say nothing of another's. */
export interface TriedOrder {
  readonly orderId: OrderId;
  readonly merchantId: MerchantId;
  readonly email: string;
  readonly caller: Caller;
}

/**
 * What this isolate remembers of the orders that were tried through it: how often lately, and from which
 * country. Nobody else is asked, so an order costs no round trip for it, and nothing is promised by it:
 * another isolate counts by itself, a new one begins at nothing (docs/decisions/0044).
 */
export class RiskMemory {
  readonly #counts = new DecayingCounts({ halfLifeMs: HALF_LIFE_MS, keysMax: KEYS_MAX });
  readonly #orders = new Memo<true>(ORDERS_MAX);
  readonly #countries = new Memo<string>(BUYERS_MAX);

  /** Counts an order once, however often it is asked for, and tells what is known of it. */
  note(order: TriedOrder, nowMs: number): Pick<RiskFacts, "velocity" | "buyerCountry"> {
    const { merchantId, caller } = order;
    const isNew = this.#orders.get(order.orderId, nowMs) === undefined;
    if (isNew) this.#orders.set(order.orderId, true, nowMs + ORDER_MS);
    const count = (kind: string, value: string | number | null): number | null => {
      if (value === null) return null;
      const key = `${merchantId} ${kind} ${value}`;
      return isNew ? this.#counts.add(key, nowMs) : this.#counts.count(key, nowMs);
    };
    const email = canonicalEmail(order.email);
    return {
      velocity: {
        network: count("network", knownNetwork(caller)),
        email: count("email", email),
        device: count("device", caller.device?.id ?? null),
        asn: count("asn", caller.asn),
      },
      buyerCountry: this.#lastCountry(`${merchantId} ${email}`, caller.country, nowMs),
    };
  }

  /** Where the buyer was first seen within a day: one who moves on is told of, and not at each order. */
  #lastCountry(key: string, country: string | null, nowMs: number): string | null {
    const known = this.#countries.get(key, nowMs) ?? null;
    if (known === null && country !== null) this.#countries.set(key, country, nowMs + COUNTRY_MS);
    return known;
  }
}
