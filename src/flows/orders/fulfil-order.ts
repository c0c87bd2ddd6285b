import type {
  ChangeOutcome,
  OrderSnapshot,
  SealedKey,
} from "../../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../../domain/audit.ts";
import type { FileKey } from "../../domain/keys/key-file.ts";
import { transition } from "../../domain/order/order.ts";
import type { Product } from "../../domain/product/product.ts";
import type { Terms } from "../../domain/product/terms.ts";
import { sealFileKeys } from "../stock/import-keys.ts";
import type { StockObjects, Vault } from "../ports.ts";
import { askShards, placesIn } from "../stock/shards.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly vault: Pick<Vault, "sealKeys">;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface Fulfilment {
  readonly product: Product;
  readonly order: OrderSnapshot;
  /** Of the object that has the order. */
  readonly stockNumber: number;
  readonly keys: readonly FileKey[];
  /** Names this act: the same again changes nothing. */
  readonly requestId: string;
}

/** A person hands over the keys that an order is owed. They are sealed before they leave the edge. */
export async function fulfilOrder(
  ports: Ports,
  author: Author,
  { product, order, stockNumber, keys, requestId }: Fulfilment,
): Promise<ChangeOutcome> {
  const sealed = await sealFileKeys(ports.vault, product, keys);
  const index = await firstKnownElsewhere(ports.stock, product.terms, {
    order,
    stockNumber,
    keys: sealed,
  });
  if (index !== null) return { kind: "duplicate_key", index };
  const outcome = await ports.stock
    .of(stockNumber)
    .fulfil({ orderId: order.id, requestId, keys: sealed });
  // Unchanged is this very act again, whose first try may have died before its entry was written.
  if (outcome.kind === "changed" || outcome.kind === "unchanged") {
    const detail = { keys: keys.length };
    await ports.audit.append({ ...author, action: "order.fulfil", subject: order.id, detail });
  }
  return outcome;
}

/**
 * Registers the keys in the shards where an import would look for them; the object of the order
 * looks in its own books. Answers the place of one that is there already, null where none is.
 * What the order cannot take is not registered: it would be known for nothing.
 */
async function firstKnownElsewhere(
  stock: StockObjects,
  terms: Terms,
  given: { order: OrderSnapshot; stockNumber: number; keys: readonly SealedKey[] },
): Promise<number | null> {
  const { order, keys } = given;
  if (transition(order.state, "fulfil") === null || keys.length !== order.quantity) return null;
  const known = await askShards(stock, terms, async (object, number) => {
    if (number === given.stockNumber) return [];
    const places = placesIn(number, terms, keys);
    if (places.length === 0) return [];
    const theirs = places.flatMap((place) => keys[place] ?? []);
    const outcome = await object.registerKeys({ orderId: order.id, keys: theirs });
    return outcome.kind === "registered" ? [] : (places[outcome.index] ?? []);
  });
  const [first = null] = known.flat().toSorted((a, b) => a - b);
  return first;
}
