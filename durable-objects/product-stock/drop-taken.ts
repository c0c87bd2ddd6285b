import type { DropId, OrderId } from "../../src/domain/ids.ts";
import { countsAgainstLimit, type OrderState } from "../../src/domain/order/order.ts";
import type { Ledger } from "./ledger.ts";
import { SQL } from "./statements.ts";

/**
 * How many keys the orders of a drop have taken: held, sold or owed. Counted from rows once in an
 * instance's life, and followed from there by what each order that is placed or moves says: counting for
 * each list of buyers would cost as much as the drop has sold.
 */
export class DropTaken {
  readonly #count: (id: DropId) => number;
  #known: { readonly id: DropId; taken: number } | null = null;

  constructor(count: (id: DropId) => number) {
    this.#count = count;
  }

  /** Whether nobody has asked since it was forgotten: there is nothing to follow. */
  get isUnknown(): boolean {
    return this.#known === null;
  }

  /** As the rows have it at this point of the transaction. */
  of(id: DropId): number {
    if (this.#known?.id !== id) this.#known = { id, taken: this.#count(id) };
    return this.#known.taken;
  }

  move(id: DropId, by: number): void {
    if (this.#known?.id === id) this.#known.taken += by;
  }

  /** The transaction is undone: the next that asks counts. */
  forget(): void {
    this.#known = null;
  }
}

interface Moved {
  readonly id: OrderId;
  readonly quantity: number;
}

/** An order has changed its state: its drop may have a key more to sell, or one less. */
export function followDrop(ledger: Ledger, order: Moved, from: OrderState, to: OrderState): void {
  const change = Number(countsAgainstLimit(to)) - Number(countsAgainstLimit(from));
  if (change === 0 || ledger.dropTaken.isUnknown) return;
  const [ticket] = ledger.sql.all<{ drop_id: DropId }>(SQL.ticketOfOrder, order.id);
  if (ticket !== undefined) ledger.dropTaken.move(ticket.drop_id, change * order.quantity);
}
