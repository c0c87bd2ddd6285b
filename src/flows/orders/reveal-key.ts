import type { AuditEntry, Author } from "../../domain/audit.ts";
import { parseKeyId, type KeyId, type ProductId } from "../../domain/ids.ts";
import { stockNumbers } from "../../domain/product/shards.ts";
import type { Catalog, StockObjects, Vault } from "../ports.ts";

interface Ports {
  readonly catalog: Pick<Catalog, "productByNumber">;
  readonly stock: StockObjects;
  readonly vault: Pick<Vault, "openKey">;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

export interface RevealedKey {
  readonly id: KeyId;
  readonly productId: ProductId;
  readonly secret: string;
  readonly note: string | null;
}

/** Shows a key to its merchant. The look is in the audit log before anybody sees the key. */
export async function revealKey(
  ports: Ports,
  author: Author,
  keyId: string,
): Promise<RevealedKey | null> {
  const parsed = parseKeyId(keyId);
  if (parsed === null) return null;
  // D1 is asked first: an object must not come into being because someone invented a number.
  const product = await ports.catalog.productByNumber(parsed.stockNumber);
  if (product?.merchantId !== author.merchantId) return null;
  const { stockNumber } = parsed;
  if (!stockNumbers(product.terms).includes(stockNumber)) return null;
  const page = { state: null, afterRow: parsed.row - 1, limit: 1 };
  const [key] = (await ports.stock.of(stockNumber).keys(page)).keys;
  if (key?.id !== keyId) return null;

  await ports.audit.append({ ...author, action: "key.reveal", subject: key.id, detail: {} });
  const secret = await ports.vault.openKey(product.id, key);
  return { id: key.id, productId: product.id, secret, note: key.note };
}
