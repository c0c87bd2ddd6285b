import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Listing } from "../../domain/product/product.ts";
import type { ChallengeOffer } from "../../flows/buyers/challenge-ports.ts";
import { dropOf } from "../../domain/product/terms.ts";
import { paymentAction } from "../../flows/payments/payment-action.ts";
import type { PlacedOrder } from "../../flows/orders/place-order.ts";
import { mediaType, readText } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { limitsOf } from "../limits.ts";
import { noteVisit } from "../note-visit.ts";
import { payerOf, seenOf } from "../payer.ts";
import { placeCountedOrder } from "../place-counted-order.ts";
import {
  isIdempotencyKey,
  parseCheckout,
  readCheckoutForm,
  type CheckoutForm,
  type FormProblem,
} from "./checkout-form.ts";
import { CheckoutPage } from "./checkout-page.tsx";
import { asSoldNow, backToLine } from "./drops/checkout-entry.ts";
import { heldTicket } from "./drops/ticket-cookie.ts";
import { refusalProblems, refusalStatus } from "./checkout-refusal.ts";
import { handOff } from "./hand-off.tsx";
import { busy } from "../refuse.ts";
import { answerHtml, documentOf } from "./html.ts";
import { rememberOrders } from "./order-cookie.ts";
import { htmlNotFound, htmlProblem } from "./problems.tsx";
import { shopListing } from "./shop-listing.ts";
import { checkoutAddress, newIdempotencyKey } from "./show-checkout.tsx";
import { visit as visitOf } from "./visit.ts";

const FORM_BYTES_MAX = 64 * 1024;

/** The same sale as POST /api/v1/orders, for a browser's form: the answer is the next page. */
export const submitCheckout = new Hono<AppEnv>().post("/checkout/:slug", async (c) => {
  const deps = c.get("deps");
  if (mediaType(c) !== "application/x-www-form-urlencoded") {
    return htmlProblem(c, "unsupported_media_type");
  }
  const sent = new URLSearchParams(await readText(c, FORM_BYTES_MAX));
  const listed = await shopListing(c, c.req.param("slug"));
  if (listed === null) return htmlNotFound(c);

  const listing = asSoldNow(c, listed);
  const { product } = listing;
  const live = dropOf(product.terms, deps.clock.nowMs());
  const held = live === null ? null : heldTicket(c, live.id);
  const form = readCheckoutForm(sent, product);
  const visit = await visitOf(c, checkoutAddress(listing, form));
  // Without scripts the total is brought up to date by asking for it: nothing is ordered.
  if (sent.has("update")) return again(c, listing, form, { problems: [], status: 200 });
  const parsed = parseCheckout(form, product, visit.text);
  if (!parsed.ok) return again(c, listing, form, { problems: parsed.error, status: 422 });

  const placed = await placeCountedOrder(
    { ...deps, limits: limitsOf(c) },
    {
      ...parsed.value,
      merchantId: product.merchantId,
      product: product.id,
      locale: visit.locale,
      coupon: null,
      ticket: held?.ticket ?? null,
      challenge: form.challenge === "" ? null : form.challenge,
      caller: await callerOf(c),
      surface: seenOf(c).surface,
    },
  );
  if (placed.ok) return toPayment(c, placed.value);

  const { error } = placed;
  // A small page, not the form anew: it is when thousands come that this is said.
  if (error.reason === "busy") return busy(c, error.retryAfterSeconds);
  const line = live === null ? null : backToLine(error, product.slug, live.id);
  if (line !== null) return c.redirect(line, 303);
  const spent = error.reason === "idempotency_key_reused";
  return again(c, listing, spent ? { ...form, idempotencyKey: "" } : form, {
    problems: refusalProblems(error, form, product, visit),
    status: refusalStatus(error),
    offer: error.reason === "challenge_required" ? error.offer : null,
  });
});

interface Refusal {
  readonly problems: readonly FormProblem[];
  readonly status: ContentfulStatusCode;
  /** The proof that the form must have beside what was typed. */
  readonly offer?: ChallengeOffer | null;
}

/** The form as it was typed, with what is wrong. Its key stays: what was refused was not placed. */
async function again(
  c: AppContext,
  listing: Listing,
  typed: CheckoutForm,
  { problems, status, offer = null }: Refusal,
): Promise<Response> {
  const keyRenewed = !isIdempotencyKey(typed.idempotencyKey);
  const idempotencyKey = keyRenewed ? newIdempotencyKey(c) : typed.idempotencyKey;
  const form = { ...typed, idempotencyKey };
  const visit = await visitOf(c, checkoutAddress(listing, form));
  const inLine = dropOf(listing.product.terms, c.get("deps").clock.nowMs()) !== null;
  const { surface } = seenOf(c);
  const page = { visit, listing, form, problems, keyRenewed, offer, inLine, surface };
  return answerHtml(c, await documentOf(<CheckoutPage {...page} />), {
    status,
    challenge: offer,
    formsTo: "https:",
  });
}

/** To the gateway, or to the order itself where it waits for no money (free, or settled before). */
async function toPayment(c: AppContext, { order, accessToken }: PlacedOrder): Promise<Response> {
  noteVisit(c, order, "ordered");
  rememberOrders(c, [{ id: order.id, token: accessToken }]);
  const action = await paymentAction(c.get("deps"), order, payerOf(c));
  return action === null ? c.redirect(`/orders/${order.id}`, 303) : handOff(c, order.id, action);
}
