import type { OrderSnapshot } from "../../../../durable-objects/product-stock/contract.ts";
import { parseOrderId } from "../../../domain/ids.ts";
import type { Product } from "../../../domain/product/product.ts";
import { stockNumbers } from "../../../domain/product/shards.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

export interface OwnOrder {
  readonly order: OrderSnapshot;
  readonly product: Product;
  /** Of the object that has the order: the product's, or a shard's of it. */
  readonly stockNumber: number;
}

/** The order of the address as its object has it now, if it is this merchant's. */
export async function ownOrder(c: AdminContext): Promise<OwnOrder> {
  const own = await orderOfMerchant(c, c.req.param("id") ?? "");
  if (own === null) throw new Refused("not_found");
  return own;
}

/**
 * An order of this merchant's by its id; null for any other text. D1 is asked for the product first: an
 * object must not come into being because someone invented an id.
 */
export async function orderOfMerchant(c: AdminContext, text: string): Promise<OwnOrder | null> {
  const { deps, merchantId } = c.var;
  const parsed = parseOrderId(text);
  if (parsed === null) return null;
  const product = await deps.catalog.productByNumber(parsed.stockNumber);
  if (product?.merchantId !== merchantId) return null;
  const { stockNumber } = parsed;
  if (!stockNumbers(product.terms).includes(stockNumber)) return null;
  const order = await deps.stock.of(stockNumber).order(parsed.id);
  return order?.merchantId === merchantId ? { order, product, stockNumber } : null;
}
