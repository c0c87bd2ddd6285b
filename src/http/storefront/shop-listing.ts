import type { Listing } from "../../domain/product/product.ts";
import type { AppContext } from "../env.ts";

/** A product of this shop by its slug; null for what is unknown, archived, or another's. */
export async function shopListing(c: AppContext, slug: string): Promise<Listing | null> {
  const deps = c.get("deps");
  const shop = await deps.shop(deps.settings.defaultMerchant);
  const listing = shop === null ? null : await deps.catalog.listing(shop.id, slug);
  return listing?.product.terms.status === "archived" ? null : listing;
}
