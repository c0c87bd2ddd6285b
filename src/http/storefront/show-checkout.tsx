import { Hono } from "hono";
import { base64url } from "../../domain/encoding.ts";
import type { Listing } from "../../domain/product/product.ts";
import { callerCountry } from "../caller.ts";
import { giveDevice } from "../device-cookie.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { seenOf } from "../payer.ts";
import { readCheckoutForm } from "./checkout-form.ts";
import { CheckoutPage } from "./checkout-page.tsx";
import { asSoldNow, checkoutEntry } from "./drops/checkout-entry.ts";
import { answerHtml, documentOf } from "./html.ts";
import { htmlNotFound } from "./problems.tsx";
import { shopListing } from "./shop-listing.ts";
import { visit as visitOf } from "./visit.ts";

/** 192 bits: whoever repeats a key with the same e-mail and product gets the order back. */
const IDEMPOTENCY_KEY_BYTES = 24;

export const showCheckoutPage = new Hono<AppEnv>().get("/checkout/:slug", async (c) => {
  const listed = await shopListing(c, c.req.param("slug"));
  if (listed === null) return htmlNotFound(c);
  const entry = await checkoutEntry(c, listed);
  if (entry.kind === "away") return c.redirect(entry.to, 303);
  const listing = asSoldNow(c, listed);
  const { availability } = await c.get("deps").availability.of(listing);
  // The product page says why it is not sold now, and since when or until when.
  if (availability === "upcoming" || availability === "closed") {
    return c.redirect(`/p/${listing.product.slug}`, 303);
  }
  const sent = new URLSearchParams(new URL(c.req.url).search);
  const form = {
    ...withDefaults(sent, listing),
    ...(entry.kind === "admitted" ? { email: entry.held.email } : {}),
    idempotencyKey: newIdempotencyKey(c),
  };
  await giveDevice(c, callerCountry(c));
  const visit = await visitOf(c, checkoutAddress(listing, form));
  const inLine = entry.kind === "admitted";
  const { surface } = seenOf(c);
  const fresh = { problems: [], keyRenewed: false, offer: null };
  const page = { visit, listing, form, ...fresh, inLine, surface };
  const html = await documentOf(<CheckoutPage {...page} />);
  return answerHtml(c, html, { formsTo: "https:" });
});

/** For visitors without scripts; scripts bring their own, which outlives a reload. */
export function newIdempotencyKey(c: AppContext): string {
  return base64url(c.get("deps").entropy.bytes(IDEMPOTENCY_KEY_BYTES));
}

/** The same checkout in a link: the choice, and nothing that names a buyer. */
export function checkoutAddress(
  { product }: Listing,
  { variant, quantity }: { variant: string; quantity: string },
): string {
  const query = new URLSearchParams({
    ...(variant === "" ? {} : { variant: variant.slice(0, 32) }),
    quantity: quantity.slice(0, 4),
  });
  return `/checkout/${product.slug}?${query}`;
}

/** The choice made on the product page, put right where a link asks for what is not there. */
function withDefaults(sent: URLSearchParams, { product }: Listing) {
  const form = readCheckoutForm(sent, product);
  const { variants, limits } = product.terms;
  const variant = variants.find(({ id }) => id === form.variant) ?? variants[0];
  const quantity = /^\d{1,4}$/.test(form.quantity) ? Number(form.quantity) : 1;
  return {
    ...form,
    lookupPassword: "",
    variant: variant?.id ?? "",
    quantity: String(Math.min(Math.max(quantity, 1), limits.perOrder)),
  };
}
