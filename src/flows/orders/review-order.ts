import type {
  ChangeOutcome,
  OrderSnapshot,
} from "../../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../../domain/audit.ts";
import type { StockObjects } from "../ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface Reviewed {
  readonly order: OrderSnapshot;
  readonly stockNumber: number;
  readonly word: "approve" | "reject";
  /** The person's own words, for the audit log. */
  readonly note: string | null;
}

/**
 * A person's word on an order that waited for it. The entry comes first: a crash after it leaves a claim
 * that the order's history disproves; the other way round would leave a delivery that nobody vouched for.
 * The mail with the keys follows as after any delivery.
 */
export async function reviewOrder(
  { stock, audit }: Ports,
  author: Author,
  { order, stockNumber, word, note }: Reviewed,
): Promise<ChangeOutcome> {
  if (order.review === "asked") {
    const detail = { note, state: order.state };
    await audit.append({ ...author, action: `order.${word}`, subject: order.id, detail });
  }
  return stock.of(stockNumber).review({ orderId: order.id, word });
}
