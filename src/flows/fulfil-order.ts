import type { ChangeOutcome, OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../domain/audit.ts";
import type { FileKey } from "../domain/key-file.ts";
import type { Product } from "../domain/product.ts";
import { sealFileKeys } from "./import-keys.ts";
import type { StockObjects, Vault } from "./ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly vault: Pick<Vault, "sealKeys">;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface Fulfilment {
  readonly product: Product;
  readonly order: OrderSnapshot;
  readonly keys: readonly FileKey[];
  /** Names this act: the same again changes nothing. */
  readonly requestId: string;
}

/** A person hands over the keys that an order is owed. They are sealed before they leave the edge. */
export async function fulfilOrder(
  ports: Ports,
  author: Author,
  { product, order, keys, requestId }: Fulfilment,
): Promise<ChangeOutcome> {
  const sealed = await sealFileKeys(ports.vault, product, keys);
  const stock = ports.stock.of(product.number);
  const outcome = await stock.fulfil({ orderId: order.id, requestId, keys: sealed });
  // Unchanged is this very act again, whose first try may have died before its entry was written.
  if (outcome.kind === "changed" || outcome.kind === "unchanged") {
    const detail = { keys: keys.length };
    await ports.audit.append({ ...author, action: "order.fulfil", subject: order.id, detail });
  }
  return outcome;
}
