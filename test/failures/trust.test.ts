import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../src/platform/bindings.ts";
import { encoded } from "../support/worker/epay-merchant.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed, notify, paidFields, readOrder } from "../support/worker/notices.ts";
import {
  admin,
  call,
  migrate,
  openShop,
  OPERATOR,
  placeOrder,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** What other shops believed, and should not have. Each test is named after what happened there. */
let shop: Shop;
let product: { id: string };

let mailboxes = 0;
/** A mailbox for each order: one alone may not order as often as these tests do. */
const newEmail = () => `trusting-${mailboxes++}@example.com`;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await stockedProduct(shop, keysNamed("trusted", 20));
});

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

describe("an amount from the client", () => {
  test.each([
    { amount: { amount_minor: 1, currency: "CNY" } },
    { price: 0.01 },
    { unit_price_minor: 1 },
    { discount_minor: 999 },
    { total: "0.01" },
  ])("%j in an order is refused, and prices nothing", async (changes) => {
    const answer = await postOrder(shop, product.id, changes);
    expect([answer.status, answer.json.code]).toEqual([400, "invalid_body"]);
  });

  test("that the buyer says they saw is only compared: another sum is asked about, never charged", async () => {
    const answer = await postOrder(shop, product.id, { expected_amount_minor: 1 });
    expect([answer.status, answer.json]).toMatchObject([
      409,
      { code: "price_changed", amount: { amount_minor: 1000, currency: "CNY" } },
    ]);
  });

  test.each(["9.999999999", "9.995", "10.004", "1e1", "0x0a", "10,00", " 10.00", "+10.00", "NaN"])(
    "in a notice is no float with a tolerance: %s is not ten yuan",
    async (money) => {
      const order = await placeOrder(shop, product.id, { email: newEmail() });
      expect(await notify(shop.accountId, await paidFields(order.id, { money }))).toBe("400 fail");
      expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
      await call(`/api/v1/orders/${order.id}/cancel`, {
        method: "POST",
        token: order.access_token,
      });
    },
  );
});

describe("a signature that a loose comparison takes", () => {
  test.each([
    ["true", { type: "application/json" }, (fields: object) => JSON.stringify(fields)],
    ["true in a form", { type: "application/x-www-form-urlencoded" }, asForm],
  ] as const)("%s is no signature", async (_, { type }, write) => {
    const order = await placeOrder(shop, product.id, { email: newEmail() });
    const fields = { ...Object.fromEntries(await paidFields(order.id)), sign: true };
    const { status, text } = await call(`/payments/${shop.accountId}/notify`, {
      body: write(fields),
      type,
    });
    expect(`${status} ${text}`).toBe("400 fail");
    expect((await readOrder(order)).state).toBe("pending");
  });

  test.each(["0", "0e0", "null", "1", "[]"])("%s is no signature", async (sign) => {
    const order = await placeOrder(shop, product.id, { email: newEmail() });
    const query = encoded(await paidFields(order.id)).replace(/sign=[0-9a-f]+/, `sign=${sign}`);
    expect(await notify(shop.accountId, query)).toBe("400 fail");
    expect((await readOrder(order)).state).toBe("pending");
  });
});

function asForm(fields: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [name, String(value)]),
  ).toString();
}

describe("a default password", () => {
  const ask = (token: string, ADMIN_TOKEN: string | undefined) =>
    admin("/merchants", { token, ...isolate({ ADMIN_TOKEN } as Partial<Bindings>) });

  test.each(["", "admin", "123456", "password", "changeme", "undefined", "null", "kdm_"])(
    "there is none: %j opens nothing",
    async (guess) => {
      expect((await ask(guess, env.ADMIN_TOKEN)).status).toBe(401);
    },
  );

  test.each(["", "undefined", "null", "admin", OPERATOR])(
    "where no operator's token is set, nothing opens the admin API, and %j neither",
    async (guess) => {
      expect((await ask(guess, "")).status).toBe(401);
      expect((await ask(guess, undefined)).status).toBe(401);
    },
  );
});

describe("SQL and markup in the name of a parameter", () => {
  const HOSTILE = [
    "status' OR '1'='1",
    "id);DROP TABLE orders;--",
    'limit" UNION SELECT sealed_credentials FROM payment_accounts--',
    "<script>alert(1)</script>",
    "__proto__[admin]",
    "constructor.prototype",
  ];

  test.each(HOSTILE)(
    "%s is refused or ignored, changes nothing and comes back as no markup",
    async (name) => {
      const query = `${encodeURIComponent(name)}=1`;
      const order = await placeOrder(shop, product.id, { email: newEmail() });
      const answers = await Promise.all([
        shop.admin(`/orders?${query}`),
        shop.admin(`/products/${product.id}/keys?${query}`),
        call(`/api/v1/products?merchant=${shop.slug}&${query}`),
        call(`/?${query}`, { headers: { accept: "text/html" } }),
        call(`/payments/${shop.accountId}/notify?${query}`),
        call(`/payments/${shop.accountId}/notify?${encoded(await paidFields(order.id))}&${query}`),
        shop.admin("/products", { body: { slug: "x", title: "x", [name]: 1 } }),
        call(`/api/v1/orders?merchant=${shop.slug}`, {
          body: { product_id: product.id, email: "a@example.com", fields: { [name]: "1" } },
          idempotencyKey: `hostile-name-${name.length}-of-this-suite`,
        }),
      ]);
      for (const { status, headers, text } of answers) {
        expect(status).toBeLessThan(500);
        // JSON may name it: nothing runs there, and browsers are told not to guess.
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        const page = headers.get("content-type")?.startsWith("text/html") === true;
        expect(page && text.includes("<script>alert")).toBe(false);
      }
      // The parameter was not signed with the others: the notice is another one.
      expect((await readOrder(order)).state).toBe("pending");
      expect((await shop.admin("/orders")).status).toBe(200);
      await call(`/api/v1/orders/${order.id}/cancel`, {
        method: "POST",
        token: order.access_token,
      });
    },
  );
});
