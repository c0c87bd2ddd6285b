import { canonicalEmail } from "../../src/domain/email.ts";
import { stockRunsOut } from "../../src/domain/product/product.ts";
import type { HoldCaps, Terms } from "../../src/domain/product/terms.ts";
import type { LimitScope, ReserveOutcome, ReserveRequest } from "./contract.ts";
import { lapseDueOf, lapseDueOfNetwork } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { SQL } from "./statements.ts";
import { archivedBoughtBy } from "./tombstones.ts";

/**
 * Whether an order would take its buyer, or their network, past a limit. Judged inside the transaction
 * that would place it, from the rows: however many ask at once, none of them slips through.
 */
export function limitReached(
  ledger: Ledger,
  terms: Terms,
  request: ReserveRequest,
  nowMs: number,
): ReserveOutcome | null {
  const { limits } = terms;
  const { quantity } = request;
  if (quantity > limits.perOrder) return reached(limits.perOrder, "order");
  const buyer = canonicalEmail(request.email);
  // A hold that is past its deadline no longer counts, though the alarm be late.
  const { perBuyer } = limits;
  if (perBuyer !== null) {
    while (boughtBy(ledger, buyer) + quantity > perBuyer) {
      if (lapseDueOf(ledger, buyer, nowMs) === 0) return reached(perBuyer, "buyer");
    }
  }
  return limits.holds === undefined
    ? null
    : holdsReached(ledger, terms, limits.holds, { ...request, buyer }, nowMs);
}

function reached(limit: number, scope: LimitScope): ReserveOutcome {
  return { kind: "limit_reached", limit, scope };
}

/** What the buyer holds, has bought or is owed (`countsAgainstLimit`), summed from the orders. */
function boughtBy(ledger: Ledger, buyer: string): number {
  return quantityOf(ledger, SQL.boughtBy, buyer) + archivedBoughtBy(ledger, buyer);
}

/** Keys that the buyer holds and has not paid, those past their deadline among them. */
export function heldByBuyer(ledger: Ledger, buyer: string): number {
  return quantityOf(ledger, SQL.heldByBuyer, buyer);
}

/** The caps on what is held and not paid. Nobody who holds nothing is refused by them. */
function holdsReached(
  ledger: Ledger,
  terms: Terms,
  { perBuyer, perNetwork, networkPercent }: HoldCaps,
  { buyer, network, quantity }: ReserveRequest & { buyer: string },
  nowMs: number,
): ReserveOutcome | null {
  while (perBuyer !== null) {
    const held = heldByBuyer(ledger, buyer);
    if (held === 0 || held + quantity <= perBuyer) break;
    if (lapseDueOf(ledger, buyer, nowMs) === 0) return reached(perBuyer, "holds");
  }
  if (network === undefined || (perNetwork === null && networkPercent === null)) return null;
  for (;;) {
    const held = quantityOf(ledger, SQL.heldByNetwork, network);
    if (held === 0) return null;
    const cap = Math.min(perNetwork ?? Infinity, shareOf(ledger, terms, networkPercent, held));
    if (held + quantity <= cap) return null;
    if (lapseDueOfNetwork(ledger, network, nowMs) === 0) return reached(cap, "holds");
  }
}

/** That share of the keys that nobody else has: the free ones and the network's own. */
function shareOf(ledger: Ledger, terms: Terms, percent: number | null, held: number): number {
  if (percent === null || !stockRunsOut(terms)) return Infinity;
  return Math.floor(((ledger.countFree() + held) * percent) / 100);
}

function quantityOf(ledger: Ledger, statement: string, who: string): number {
  return ledger.sql.all<{ quantity: number }>(statement, who)[0]?.quantity ?? 0;
}
