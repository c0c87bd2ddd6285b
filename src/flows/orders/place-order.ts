import type {
  OrderSnapshot,
  ProductStockRpc,
  ReserveOutcome,
  ReserveRequest,
  SealedKey,
} from "../../../durable-objects/product-stock/contract.ts";
import type { Caller } from "../../domain/network/caller.ts";
import { GENERATED_KEY_BYTES, generatedKey } from "../../domain/keys/generated-key.ts";
import { orderId, type MerchantId, type OrderId } from "../../domain/ids.ts";
import type { Locale } from "../../domain/locale.ts";
import type { Surface } from "../../domain/payments/surface.ts";
import type { Listing } from "../../domain/product/product.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { shardsOf, shardTerms } from "../../domain/product/shards.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import { bodyHash } from "./body-hash.ts";
import { draftReservation, type Draft } from "./draft-reservation.ts";
import { limitGuard, type LimitPorts } from "./order-guards/limit.ts";
import { admission, type AdmissionPorts } from "./order-guards/admission.ts";
import { passGuards, type OrderGuard } from "./order-guards/order-guard.ts";
import { judgeRisk, type RiskPorts } from "./order-guards/judge-risk.ts";
import { shopOpen, type ShopOpenPorts } from "./order-guards/shop-open.ts";
import { tellHoldNetwork } from "./order-guards/hold-network.ts";
import type { OrderRefusal } from "./order-refusal.ts";
import type { Catalog, Entropy, StockObjects, Vault } from "../ports.ts";
import { refuseSoldOut } from "./refuse-sold-out.ts";
import { homeOf } from "../stock/shards.ts";
import type { SoldOut } from "./sold-out-ports.ts";

export interface OrderRequest {
  readonly merchantId: MerchantId;
  /** Id or slug. */
  readonly product: string;
  readonly variantId: string | null;
  readonly quantity: number;
  /** Normalised by domain/email. */
  readonly email: string;
  readonly locale: Locale;
  /** Null only for what is free. */
  readonly paymentMethod: string | null;
  /** Where the buyer is, as far as we can tell: not every way to pay works everywhere. */
  readonly surface: Surface;
  readonly fields: Readonly<Record<string, string>>;
  readonly lookupPassword: string | null;
  readonly coupon: string | null;
  /** The sum the buyer saw; null where the client does not say. */
  readonly expectedAmountMinor: number | null;
  readonly idempotencyKey: string;
  /** The signed place in a drop's line, and the proof of a person: as the client sent them. */
  readonly ticket: string | null;
  readonly challenge: string | null;
  readonly caller: Caller;
}

export interface PlacedOrder {
  readonly order: OrderSnapshot;
  readonly accessToken: string;
  /** The order was there already: the same request came again. */
  readonly repeated: boolean;
}

interface Ports extends LimitPorts, RiskPorts, AdmissionPorts, ShopOpenPorts {
  readonly catalog: Catalog;
  readonly stock: StockObjects;
  readonly vault: Vault;
  readonly entropy: Entropy;
  readonly soldOut: SoldOut;
}

/** What an order must pass before it is quoted, the cheapest first. */
const GUARDS: readonly OrderGuard<Ports>[] = [
  limitGuard,
  shopOpen,
  judgeRisk,
  admission,
  tellHoldNetwork,
];

/** Rounds of "the terms have changed" before we say busy: two would do, edits are rare. */
const ROUNDS_MAX = 4;

/**
 * Places an order: quote by the terms at hand, reserve in the product's object (or in the buyer's
 * home among its shards, which looks in the others before it says "sold out"), and where its terms
 * are others, make them agree and quote again. The order's id comes from the idempotency key, so a
 * retry from any edge finds the same order, and the same request always gets the same answer: a
 * refusal made here is given only after the object has said that it does not know the order. That it
 * knows it not may have been heard a moment ago, of a product that is sold out (decision 0036).
 */
export async function placeOrder(
  ports: Ports,
  request: OrderRequest,
): Promise<Result<PlacedOrder, OrderRefusal>> {
  let listing = await ports.catalog.listing(request.merchantId, request.product);
  if (listing === null) return err({ reason: "product_unknown" });

  const soldOut = await refuseSoldOut(ports, listing, request);
  if (soldOut !== null) return err(soldOut);
  const { terms } = listing.product;
  const { email, idempotencyKey } = request;
  const home = await homeOf(ports.vault, terms, email);
  // Before anything is computed for it: who comes when the line is full must cost next to nothing. It is
  // no answer to the order, so one that was placed before may hear it too, and ask again.
  if (ports.stock.isFull?.(home)) return err({ reason: "busy", retryAfterSeconds: 1 });
  const digest = await ports.vault.orderDigest(terms.productId, email, idempotencyKey);
  const id = orderId(home, digest);
  const stock = ports.stock.of(home);
  const identity = await identify(ports.vault, request, id);
  const guarded = await passGuards(GUARDS, ports, {
    request,
    listing,
    orderId: identity.orderId,
  });
  if (guarded.kind === "refused" && guarded.certain) return err(guarded.refusal);
  let firstAmountMinor: number | null = request.expectedAmountMinor;

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const judged = { guarded, orderId: id };
    const draft = draftReservation(listing, request, judged, firstAmountMinor);
    // Rounds depend on each other: the answer to one is the input of the next.
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await ask(ports, stock, listing, identity, request, draft);
    switch (outcome.kind) {
      case "reserved":
      case "repeated":
        return ok({
          order: outcome.order,
          accessToken: identity.accessToken,
          repeated: outcome.kind === "repeated",
        });
      case "reused":
        return err({ reason: "idempotency_key_reused" });
      case "sold_out":
        ports.soldOut.note(listing.product.terms);
        return err({ reason: "sold_out", available: outcome.available });
      case "limit_reached":
        return err({ reason: "limit_reached", limit: outcome.limit, scope: outcome.scope });
      case "not_on_sale":
        return err({ reason: "not_on_sale", opensAtMs: outcome.opensAtMs });
      case "ticket_required":
        return err({ reason: "ticket_required", dropId: outcome.dropId, because: null });
      case "ticket_used":
        return err({ reason: "ticket_used" });
      case "busy":
        throw new Unavailable("stock", 1);
      case "terms_changed":
        break;
      default:
        return outcome satisfies never;
    }
    // Refused by terms that the object has left behind: what they say of prices and choices is past.
    const isPast = (outcome.version ?? 0) > listing.product.terms.version;
    if (!draft.ok && !isPast) return draft;
    // What the buyer saw was made from the terms of the first round: they pay that or are asked.
    if (draft.ok) firstAmountMinor ??= draft.value.amountMinor;
    // oxlint-disable-next-line no-await-in-loop
    listing = await agreeOnTerms(ports, home, request.merchantId, listing, outcome.version);
    if (listing === null) return err({ reason: "product_unknown" });
  }
  throw new Unavailable("terms", 1);
}

interface Identity {
  readonly orderId: OrderId;
  readonly bodyHash: string;
  readonly lookupHash: string | null;
  readonly accessToken: string;
}

async function identify(vault: Vault, request: OrderRequest, id: OrderId): Promise<Identity> {
  const { email, lookupPassword } = request;
  const lookupHash = lookupPassword === null ? null : await vault.lookupHash(email, lookupPassword);
  const { variantId, quantity, locale, paymentMethod, fields, coupon } = request;
  const [hash, accessToken] = await Promise.all([
    bodyHash({ variantId, quantity, locale, paymentMethod, fields, coupon, lookupHash }),
    vault.accessToken(id),
  ]);
  return { orderId: id, bodyHash: hash, lookupHash, accessToken };
}

/**
 * Asks the object. A request that the terms refuse is asked about too, under terms version 0, which
 * no object has: it answers only whether it knows the order.
 */
async function ask(
  ports: Ports,
  stock: ProductStockRpc,
  listing: Listing,
  identity: Identity,
  request: OrderRequest,
  draft: Result<Draft, OrderRefusal>,
): Promise<ReserveOutcome | { kind: "busy" }> {
  const { variantId, quantity, email, locale, fields } = request;
  const { orderId: id, bodyHash: hash, lookupHash } = identity;
  const minted = draft.ok ? await mintKeys(ports, listing, quantity) : [];
  const terms: Draft = draft.ok
    ? draft.value
    : { termsVersion: 0, amountMinor: 0, paymentAccountId: null, paymentMethod: null };
  const reservation: ReserveRequest = {
    ...terms,
    orderId: id,
    bodyHash: hash,
    lookupHash,
    minted,
    variantId,
    quantity,
    email,
    locale,
    fields,
  };
  ports.soldOut.sends(id);
  const [outcome] = await stock.reserve([reservation]);
  if (outcome === undefined) throw new Error("reserve answered nothing");
  const elsewhere = outcome.kind === "sold_out" && shardsOf(listing.product.terms) > 1;
  return elsewhere ? stock.collect(reservation) : outcome;
}

/** Keys of a product that generates them: made and sealed here, kept only if the order is new. */
async function mintKeys(
  { vault, entropy }: Ports,
  { product }: Listing,
  quantity: number,
): Promise<SealedKey[]> {
  const { keySource, delivery, merchantId, productId, limits } = product.terms;
  if (keySource !== "generated" || delivery !== "auto" || quantity > limits.perOrder) return [];
  const secrets = Array.from({ length: quantity }, () =>
    generatedKey(entropy.bytes(GENERATED_KEY_BYTES)),
  );
  const sealed = await vault.sealKeys(merchantId, productId, secrets);
  const plain = { note: null, variantId: null, expiresAtMs: null, costMinor: null };
  return sealed.map((key) => ({ ...key, ...plain }));
}

/**
 * The object has other terms than we quoted with. D1 is the truth of both: read it, and if the
 * object is behind it (an edit whose push was lost, a product never pushed), push.
 */
async function agreeOnTerms(
  ports: Ports,
  home: number,
  merchantId: MerchantId,
  known: Listing,
  objectVersion: number | null,
): Promise<Listing | null> {
  const fresh = await ports.catalog.freshListing(merchantId, known.product.id);
  if (fresh === null) return null;
  if (objectVersion === null || objectVersion < fresh.product.terms.version) {
    await ports.stock.of(home).configure(shardTerms(fresh.product.terms, home));
  }
  return fresh;
}
