import type {
  HistoryEntry,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { Laws } from "./laws.ts";
import type { Known } from "./order-laws.ts";
import type { Standing } from "./row-facts.ts";
import type { Rows } from "./rows.ts";

/** Books of who has bought in a drop, by each place in its line. */
export class DropBooks {
  readonly #orders = new Map<string, OrderId>();

  /** An order that was committed for the first time. */
  placed(laws: Laws, rows: Rows, { id, history }: Standing): void {
    const drop = rows.drop();
    if (drop === null) return;
    const [first] = JSON.parse(history) as HistoryEntry[];
    const atMs = first?.atMs ?? 0;
    const ticket = rows.ticketOf(id);
    const during = drop.opensAtMs <= atMs && atMs < drop.closesAtMs;
    laws.law(
      (ticket !== undefined) === during,
      "R2 an order of a drop has a place in its line",
      () => JSON.stringify({ id, atMs, drop, ticket }),
    );
    if (ticket === undefined) return;
    const name = `${ticket.drop_id} ${ticket.identity}`;
    const owner = this.#orders.get(name) ?? id;
    this.#orders.set(name, owner);
    laws.law(owner === id, "R2 a place in line buys once", () =>
      JSON.stringify({ name, owner, id }),
    );
  }

  /** "Used" is said of places that have bought, and no good place is sent away. */
  refused(
    laws: Laws,
    rows: Rows,
    { orderId, ticket }: ReserveRequest,
    outcome: ReserveOutcome,
  ): void {
    if (outcome.kind === "ticket_required") {
      const isMissing = ticket?.dropId !== rows.drop()?.id;
      laws.law(isMissing, "R2 a place in line is taken for one", () => JSON.stringify({ ticket }));
    }
    if (outcome.kind !== "ticket_used") return;
    const holder = ticket === undefined ? undefined : rows.holderOf(ticket.dropId, ticket.identity);
    laws.law(holder !== undefined && holder !== orderId, "R2 a ticket is used by an order", () =>
      JSON.stringify({ orderId, ticket, holder }),
    );
  }

  /** From the rows of all who bought. Who lapsed or cancelled and paid late all the same is beyond it. */
  audit(laws: Laws, rows: Rows, known: ReadonlyMap<OrderId, Known>): void {
    const drop = rows.drop();
    if (drop === null) return;
    let sold = 0;
    for (const { order_id: id } of rows.tickets()) {
      const standing = known.get(id)?.standing;
      const released = /"event":"(?:lapse|cancel|refund)"/.test(standing?.history ?? "");
      if (!released) sold += standing?.quantity ?? 0;
    }
    laws.law(sold <= drop.quantity, "R1 a drop sells no more than its quantity", () =>
      JSON.stringify({ sold, drop }),
    );
  }
}
