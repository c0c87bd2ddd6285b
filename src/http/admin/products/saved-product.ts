import type { ProductSettings } from "../../../domain/product/product-record.ts";
import type { SavedProduct, SaveRefusal } from "../../../flows/shop/save-product.ts";
import { errorFields, log } from "../../../platform/log.ts";
import { problem, type FieldError } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";
import { productJson } from "./product-json.ts";

/** What a save answers. The entity tag is the version: If-Match takes it as it is. */
export function savedProduct(c: AdminContext, { record, pushError }: SavedProduct) {
  if (pushError !== null) {
    // Not lost: the next order that meets the old terms pushes the new ones.
    const { requestId: request_id } = c.var;
    log("warn", "terms_not_pushed", { request_id, product: record.id, ...errorFields(pushError) });
  }
  return { headers: { etag: `"${record.version}"` }, body: productJson(record) };
}

export function saveProblem(c: AdminContext, refusal: SaveRefusal): Response {
  switch (refusal.reason) {
    case "slug_taken":
      return problem(c, "slug_taken");
    case "version_conflict":
      return problem(c, "version_conflict");
    case "archived":
      return problem(c, "state_conflict", { detail: "An archived product stays as it is." });
    case "drop_live":
      return problem(c, "drop_live", {
        drop_id: refusal.dropId,
        detail: "Close the drop first. Until then it sells what its pool has, automatically.",
      });
    case "shards_fixed":
      return problem(c, "stock_shards_fixed", {
        stock_shards: refusal.stockShards,
        detail: "It says where each order is. Make another product to have more, or fewer.",
      });
    case "flawed": {
      const errors = refusal.flaws.map(({ field, message }): FieldError => ({
        path: PATHS[field] ?? field,
        message,
      }));
      return problem(c, "invalid_body", { errors });
    }
    default:
      return refusal satisfies never;
  }
}

/** Where a setting stands in the body, where it is not under its own name. */
const PATHS: Partial<Record<keyof ProductSettings, string>> = {
  priceTiers: "price_tiers",
  keySource: "key_source",
  closesAtMs: "sale_window.closes_at",
  paymentMethods: "payment_methods",
};
