import type { ProductRecord } from "../../../domain/product/product-record.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** The product of the address (id or slug), if it is this merchant's. Archived ones too. */
export async function ownProduct(c: AdminContext): Promise<ProductRecord> {
  const { deps, merchantId } = c.var;
  const record = await deps.products.find(merchantId, c.req.param("id") ?? "");
  if (record === null) throw new Refused("not_found");
  return record;
}
