import { exports } from "cloudflare:workers";
import { beforeAll } from "vitest";
import { EPAY_MERCHANT } from "../../../src/development/sandbox/epay/merchant.ts";
import {
  call,
  epayAccount,
  migrate,
  openShop,
  ORIGIN,
  placeOrder,
  stockedProduct,
  type Shop,
} from "./shop.ts";

/** A shop with an account at the simulated epay, the method "sandbox". */
export function sandboxShop() {
  let shop: Shop;
  beforeAll(async () => {
    await migrate();
    shop = await openShop();
    const credentials = { ...EPAY_MERCHANT, gateway_url: `${ORIGIN}/sandbox/epay/` };
    await shop.admin("/payment-accounts", { body: epayAccount({ slug: "sandbox", credentials }) });
  });

  let products = 0;
  async function order(
    changes: Record<string, unknown> = {},
    product: Record<string, unknown> = {},
  ) {
    const keys = Array.from({ length: 5 }, (_, i) => `sandbox-${products}-${i}`);
    products++;
    const { id } = await stockedProduct(shop, keys, product);
    // Each by another buyer: a mailbox orders so often in a minute.
    const buyer = { email: `sandbox-${products}@example.com`, payment_method: "sandbox" };
    const placed = await placeOrder(shop, id, { ...buyer, ...changes });
    const url = new URL(placed.payment.url);
    return { ...placed, submitPath: url.pathname + url.search, url: url.href };
  }
  return { order, shop: () => shop };
}

export const json = async (path: string, body: unknown) => (await call(path, { body })).json;

/** As a browser sends a form; the redirect is the answer and is not followed. */
export async function sendForm(path: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return exports.default.fetch(`${ORIGIN}${path}`, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
  });
}
