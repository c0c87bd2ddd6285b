import type { DropId } from "../../../domain/ids.ts";
import type { Listing } from "../../../domain/product/product.ts";
import { dropOf, inForce } from "../../../domain/product/terms.ts";
import type { OrderRefusal } from "../../../flows/orders/order-refusal.ts";
import type { AppContext } from "../../env.ts";
import { ownPlace } from "./own-place.ts";
import type { HeldTicket } from "./ticket-cookie.ts";

/**
 * Whether this browser may see the checkout of a product.
 * - `open`: it is not sold in a drop.
 * - `admitted`: it is, and it is their turn: they order as whom they joined.
 * - `away`: it is, and it is not; where they are led to.
 */
export type CheckoutEntry =
  | { readonly kind: "open" }
  | { readonly kind: "admitted"; readonly held: HeldTicket }
  | { readonly kind: "away"; readonly to: string };

export async function checkoutEntry(c: AppContext, listing: Listing): Promise<CheckoutEntry> {
  const { clock, drops } = c.get("deps");
  const { slug, terms } = listing.product;
  const live = dropOf(terms, clock.nowMs());
  if (live === null) return { kind: "open" };
  const booked = await drops.drop(live.id);
  if (booked === null) return { kind: "away", to: `/p/${slug}` };
  const { held, shown } = await ownPlace(c, { booked, listing });
  if (held === null) return { kind: "away", to: `/p/${slug}` };
  if (shown.room.phase === "admitted") return { kind: "admitted", held };
  return { kind: "away", to: `/drops/${live.id}` };
}

/** The product with the limits and the hold time by which it is sold at this moment. */
export function asSoldNow(c: AppContext, listing: Listing): Listing {
  const { product } = listing;
  const terms = inForce(product.terms, c.get("deps").clock.nowMs());
  return { ...listing, product: { ...product, terms } };
}

/** Where an order that the line has not let in is led; null for what the form itself can say. */
export function backToLine(refusal: OrderRefusal, slug: string, dropId: DropId): string | null {
  if (refusal.reason === "ticket_not_admitted") return `/drops/${dropId}`;
  if (refusal.reason !== "ticket_required") return null;
  return refusal.because === "ticket_of_other_identity" ? null : `/p/${slug}`;
}
