import { UNKNOWN_NETWORK } from "../domain/network/caller.ts";
import { RUSH } from "../domain/limits/limit-rules.ts";
import { networkOf } from "../domain/network/network.ts";
import { refuseSoldOut as refusalOf, type WantedOrder } from "../flows/orders/refuse-sold-out.ts";
import type { Deps } from "../platform/deps.ts";
import { orderBody, wantedOrder } from "./api/order-request.ts";
import { fitIdempotencyKey, fitJson, JSON_BYTES_MAX } from "./body.ts";
import { seenIn } from "./payer.ts";
import { isOrder } from "./refuse-early.ts";
import { problemAtHand, Refused } from "./problem.ts";
import { newRequestId } from "./request-id.ts";

/**
 * The short way of an order that is sold out, before any route: after a drop nearly every request is one.
 * The answer, or the request for the long way, which answers it alike. Nothing is granted here, so what only
 * the long way checks (where it comes from, how large its headers are) does not matter.
 */
export async function refuseSoldOut<Asked extends Request>(
  request: Asked,
  deps: Deps,
): Promise<Response | Asked> {
  if (request.method !== "POST" || !isOrder(request.url) || !deps.soldOut.isAny()) return request;
  if (!mayBeRead(request)) return request;
  const bytes = await request.arrayBuffer();
  // What fails here fails on the long way too, which says so.
  const available = await shortageFor(request.headers, bytes, deps).catch(() => null);
  // It is a POST, as was asked above.
  // oxlint-disable-next-line no-invalid-fetch-options
  if (available === null) return new Request(request, { body: bytes }) as Asked;

  deps.metrics.count("orders", "sold_out");
  deps.metrics.count("requests", "api_place_order", "4xx");
  deps.metrics.observe("request_seconds", 0, "api_place_order");
  deps.earlyRefusal.heard(false);
  return problemAtHand("sold_out", newRequestId(), { available });
}

/** Of the shop of this address, and of a length that is announced: the server holds it to its word. */
function mayBeRead({ url, headers }: Request): boolean {
  const length = Number(headers.get("content-length"));
  const isJson = headers.get("content-type") === "application/json";
  return isJson && length > 0 && length <= JSON_BYTES_MAX && !url.includes("?");
}

/** How many are left of what is wanted, where those are too few; null where the long way is to say. */
async function shortageFor(
  headers: Headers,
  bytes: ArrayBuffer,
  deps: Deps,
): Promise<number | null> {
  const merchant = await deps.shop(deps.settings.defaultMerchant);
  if (merchant === null) return null;
  const off = await deps.switches.of(merchant.id);
  if (off.shop || off.orders || isRushing(headers, deps)) return null;
  const wanted = read(headers, bytes, merchant.id);
  const listing = wanted && (await deps.catalog.listing(merchant.id, wanted.product));
  const refusal = listing && (await refusalOf(deps, listing, wanted));
  return refusal?.reason === "sold_out" ? refusal.available : null;
}

function read(
  headers: Headers,
  bytes: ArrayBuffer,
  merchantId: WantedOrder["merchantId"],
): WantedOrder | null {
  try {
    const idempotencyKey = fitIdempotencyKey(headers.get("idempotency-key") ?? "");
    const { surface } = seenIn(headers);
    return wantedOrder(fitJson(orderBody, bytes), { merchantId, idempotencyKey, surface });
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** More than any place asks for: the long way refuses it, for a while and in its own words. */
function isRushing(headers: Headers, { limits }: Deps): boolean {
  const key = networkOf(headers.get("cf-connecting-ip") ?? undefined);
  return key !== UNKNOWN_NETWORK && !limits.takeHere({ rule: RUSH, key }).allowed;
}
