import type { BookedDrop } from "../../../flows/drops/drop-ports.ts";
import { isId } from "../../../domain/ids.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { AppContext } from "../../env.ts";

export interface KnownDrop {
  readonly booked: BookedDrop;
  readonly listing: Listing;
}

/** A drop of this shop, and its product; null for what is unknown, archived, or another's. */
export async function knownDrop(c: AppContext, id: string): Promise<KnownDrop | null> {
  const deps = c.get("deps");
  const [shop, booked] = await Promise.all([
    deps.shop(deps.settings.defaultMerchant),
    isId("drop", id) ? deps.drops.drop(id) : null,
  ]);
  if (booked === null || shop?.id !== booked.drop.merchantId) return null;
  const listing = await deps.catalog.listing(shop.id, booked.drop.productId);
  return listing === null || listing.product.terms.status === "archived"
    ? null
    : { booked, listing };
}
