import { applyD1Migrations } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { holdToReference } from "./conformance.ts";
import { encoded, signed } from "./epay-merchant.ts";

/**
 * A shop as route tests need it, made through the admin API like any other. State lasts as long as
 * a test file does, so every shop has a merchant of its own.
 */
export const ORIGIN = "https://shop.test";
/** As vitest.config.ts sets it. */
export const OPERATOR = "kdm_test-operator-token-of-this-suite-only";
export const EPAY = { pid: "1001", key: "a-key-of-this-suite-only" } as const;

export interface Call {
  readonly method?: string;
  /** What is sent as the bearer; null sends none. */
  readonly token?: string | null;
  /** Named by the Kamidrop-Merchant header. */
  readonly merchant?: string;
  /** An object goes as JSON; text and bytes go as they are, under `type`. */
  readonly body?: unknown;
  readonly type?: string;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who answers: another Worker than the one under `exports`, with bindings of the test's own. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. Tests say what they expect in it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire has no type
  readonly json: any;
}

export async function migrate(): Promise<void> {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}

/** Any address of the Worker. What it answers is held to the reference. */
export async function call(path: string, init: Call = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (typeof init.token === "string") headers.set("authorization", `Bearer ${init.token}`);
  if (init.merchant !== undefined) headers.set("kamidrop-merchant", init.merchant);
  if (init.idempotencyKey !== undefined) headers.set("idempotency-key", init.idempotencyKey);
  const body = bodyOf(init, headers);
  const method = init.method ?? (body === null ? "GET" : "POST");
  const request = new Request(`${ORIGIN}${path}`, { method, headers, body });
  const response = await (init.fetch?.(request) ?? exports.default.fetch(request));
  const text = await response.text();
  const [mediaType = ""] = (response.headers.get("content-type") ?? "").split(";", 1);
  const json: unknown = mediaType.includes("json") ? JSON.parse(text) : null;
  holdToReference({ method, path, status: response.status, type: mediaType, json });
  return { status: response.status, headers: response.headers, text, json };
}

function bodyOf({ body, type }: Call, headers: Headers): BodyInit | null {
  if (body === undefined) {
    if (type !== undefined) headers.set("content-type", type);
    return null;
  }
  const raw = typeof body === "string" || body instanceof Uint8Array;
  // A text without a type would be given one; bytes are sent without.
  if (type !== undefined) headers.set("content-type", type);
  else if (!raw) headers.set("content-type", "application/json");
  if (!raw) return JSON.stringify(body);
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}

/** The admin API; by the operator unless `token` says otherwise. */
export function admin(path: string, init: Call = {}): Promise<Answer> {
  return call(`/admin/api/v1${path}`, { token: OPERATOR, ...init });
}

export interface Shop {
  readonly id: string;
  readonly slug: string;
  readonly accountId: string;
  /** The admin API on behalf of this merchant. */
  admin(path: string, init?: Call): Promise<Answer>;
}

let shops = 0;

/** A merchant with an epay account, called "epay". */
export async function openShop(slug = `shop-${++shops}`): Promise<Shop> {
  const merchant = await made(admin("/merchants", { body: { slug, name: `Shop ${slug}` } }));
  const mine = (path: string, init: Call = {}) => admin(path, { merchant: slug, ...init });
  const account = await made(mine("/payment-accounts", { body: epayAccount() }));
  return { id: merchant.id, slug, accountId: account.id, admin: mine };
}

export function epayAccount(changes: Record<string, unknown> = {}) {
  const credentials = { ...EPAY, gateway_url: "https://pay.example.com/" };
  return {
    slug: "epay",
    title: "Alipay",
    gateway: "epay",
    currency: "CNY",
    credentials,
    ...changes,
  };
}

export const cny = (amountMinor: number) => ({ amount_minor: amountMinor, currency: "CNY" });

let products = 0;

export async function createProduct(shop: Shop, changes: Record<string, unknown> = {}) {
  const slug = `product-${++products}`;
  const body = { slug, title: `Product ${slug}`, price: cny(1000), ...changes };
  return made(shop.admin("/products", { body }));
}

/**
 * A product whose orders are counted, and then refused by its object (409, not_on_sale). What is sold out
 * the edge refuses before anything is counted, as long as it remembers (docs/decisions/0036).
 */
export function unopenedProduct(shop: Shop) {
  return createProduct(shop, {
    sale_window: { opens_at: "2036-01-01T00:00:00Z", closes_at: null },
  });
}

export async function importKeys(shop: Shop, productId: string, keys: readonly string[]) {
  const path = `/products/${productId}/keys`;
  const answer = await shop.admin(path, { body: keys.join("\n"), type: "text/plain" });
  if (answer.status !== 200) throw new Error(`import: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** A product on sale, with its keys. */
export async function stockedProduct(
  shop: Shop,
  keys: readonly string[],
  changes: Record<string, unknown> = {},
) {
  const product = await createProduct(shop, changes);
  await importKeys(shop, product.id, keys);
  return product;
}

let orders = 0;

/** What a buyer sends; `changes` may make it as wrong as a test needs. */
export function postOrder(
  shop: Shop,
  productId: string,
  changes: Record<string, unknown> = {},
  idempotencyKey = `order-of-this-suite-${++orders}`,
  through: Pick<Call, "fetch" | "headers"> = {},
): Promise<Answer> {
  const body = {
    product_id: productId,
    quantity: 1,
    email: "buyer@example.com",
    payment_method: "epay",
    ...changes,
  };
  return call(`/api/v1/orders?merchant=${shop.slug}`, { body, idempotencyKey, ...through });
}

export async function placeOrder(
  shop: Shop,
  productId: string,
  changes: Record<string, unknown> = {},
) {
  return made(postOrder(shop, productId, changes));
}

export function getOrder(
  order: { id: string; access_token: string },
  through: Pick<Call, "fetch"> = {},
): Promise<Answer> {
  return call(`/api/v1/orders/${order.id}`, { token: order.access_token, ...through });
}

/** The gateway's notice that an order was paid; `changes` before it is signed. */
export async function sendNotice(
  shop: Shop,
  order: { id: string; amount: { amount_minor: number } },
  changes: Record<string, string> = {},
  through: Pick<Call, "fetch"> = {},
): Promise<Answer> {
  const { amount_minor: amountMinor } = order.amount;
  const fields = {
    pid: EPAY.pid,
    trade_no: `T-${order.id}`,
    out_trade_no: order.id,
    type: "alipay",
    name: "a key",
    money: (amountMinor / 100).toFixed(2),
    trade_status: "TRADE_SUCCESS",
    ...changes,
  };
  const notice = encoded(await signed(Object.entries(fields), EPAY.key));
  return call(`/payments/${shop.accountId}/notify?${notice}`, through);
}

async function made(answering: Promise<Answer>) {
  const answer = await answering;
  if (answer.status !== 201) throw new Error(`not made: ${answer.status} ${answer.text}`);
  return answer.json;
}
