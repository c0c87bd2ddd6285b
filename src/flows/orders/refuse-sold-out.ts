import { orderId, type OrderId } from "../../domain/ids.ts";
import type { Listing } from "../../domain/product/product.ts";
import { draftReservation } from "./draft-reservation.ts";
import type { OrderRefusal } from "./order-refusal.ts";
import type { OrderRequest } from "./place-order.ts";
import type { Vault } from "../ports.ts";
import { homeOf } from "../stock/shards.ts";
import type { Shortage, SoldOut } from "./sold-out-ports.ts";

interface Ports {
  readonly soldOut: Pick<SoldOut, "shortage">;
  readonly vault: Pick<Vault, "digestText" | "orderDigest">;
}

/** An order that is asked for, whoever asks. */
export type WantedOrder = Omit<OrderRequest, "caller" | "ticket" | "challenge">;

/**
 * The refusal of an order that cannot be had, by what its object has said a moment ago (decision 0036): not
 * enough keys are left, and no such order is known there. Null where the object has to be asked.
 */
export async function refuseSoldOut(
  { soldOut, vault }: Ports,
  listing: Listing,
  request: WantedOrder,
): Promise<OrderRefusal | null> {
  const { terms } = listing.product;
  // What is not remembered is not waited for: a hot product's orders pay a look into a map.
  const heard = soldOut.shortage(terms, request);
  const shortage = heard === null ? null : await heard;
  if (shortage === null) return null;
  const { email, idempotencyKey } = request;
  const home = await homeOf(vault, terms, email);
  const digest = await vault.orderDigest(terms.productId, email, idempotencyKey);
  const id = orderId(home, digest);
  return shortage.mayKnow(id) ? null : refusalOf(shortage, { listing, request, orderId: id });
}

interface Asked {
  readonly listing: Listing;
  readonly request: WantedOrder;
  readonly orderId: OrderId;
}

/** As the object would refuse it: what the terms say comes first. */
function refusalOf(
  { available }: Shortage,
  { listing, request, orderId: id }: Asked,
): OrderRefusal {
  const passed = { guarded: { kind: "passed" }, orderId: id } as const;
  const draft = draftReservation(listing, request, passed, request.expectedAmountMinor);
  if (!draft.ok) return draft.error;
  const { perOrder } = listing.product.terms.limits;
  return request.quantity > perOrder
    ? { reason: "limit_reached", limit: perOrder, scope: "order" }
    : { reason: "sold_out", available };
}
