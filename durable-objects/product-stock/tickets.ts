import type { DropTerms } from "../../src/domain/product/terms.ts";
import type { ReserveOutcome, ReserveRequest } from "./contract.ts";
import { lapseDue } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import type { CountRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/**
 * A drop as one list of buyers meets it. Which of their tickets are spent is looked up once. A ticket is
 * spent by the order that it placed, whatever becomes of that order: a second one would be a second place
 * in the draw. The edge has checked its signature; here it is only a name.
 */
export interface DropSale {
  readonly terms: DropTerms;
  readonly spent: Set<string>;
}

/** Null where the product is sold outside of any drop. */
export function dropSale(
  ledger: Ledger,
  terms: DropTerms | null,
  requests: readonly ReserveRequest[],
): DropSale | null {
  if (terms === null) return null;
  const identities = requests.flatMap(({ ticket }) =>
    ticket?.dropId === terms.id ? [ticket.identity] : [],
  );
  const rows =
    identities.length === 0
      ? []
      : ledger.sql.all<{ identity: string }>(
          SQL.spentTickets,
          terms.id,
          JSON.stringify(identities),
        );
  return { terms, spent: new Set(rows.map((row) => row.identity)) };
}

/** Why the ticket of a new order buys nothing; null where it is good for one. */
export function ticketRefused(
  { terms, spent }: DropSale,
  { ticket }: ReserveRequest,
): ReserveOutcome | null {
  if (ticket?.dropId !== terms.id) return { kind: "ticket_required", dropId: terms.id };
  return spent.has(ticket.identity) ? { kind: "ticket_used" } : null;
}

/**
 * "Sold out" where the order would take the drop past its quantity, though the pool have more. Said only
 * once every hold that is due has lapsed, as of the pool (pickFreeOrLapse).
 */
export function quantityReached(
  ledger: Ledger,
  { terms }: DropSale,
  { quantity }: ReserveRequest,
  nowMs: number,
): ReserveOutcome | null {
  for (;;) {
    const left = leftOf(ledger, terms);
    if (quantity <= left) return null;
    if (lapseDue(ledger, nowMs) === 0) return { kind: "sold_out", available: left };
  }
}

/** Keys that the drop may still sell. Money that came late may have taken it past its quantity. */
export function leftOf(ledger: Ledger, { id, quantity }: DropTerms): number {
  return Math.max(0, quantity - ledger.dropTaken.of(id));
}

/** Keys of the drop that may come back: of orders that are unpaid, or that a person must look at. */
export function heldOf(ledger: Ledger, { id }: DropTerms): number {
  return ledger.sql.all<CountRow>(SQL.dropHeld, id)[0]?.count ?? 0;
}

/** Of a new order, in its transaction; the table takes each identity of a drop once. */
export function spendTicket(
  ledger: Ledger,
  { terms: { id }, spent }: DropSale,
  { orderId, ticket, quantity }: ReserveRequest,
): void {
  if (ticket === undefined) throw new Error(`order ${orderId}: there is no ticket to spend`);
  ledger.sql.run(SQL.spendTicket, id, ticket.identity, orderId);
  spent.add(ticket.identity);
  ledger.dropTaken.move(id, quantity);
}
