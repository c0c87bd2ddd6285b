import { createHash, randomBytes } from "node:crypto";

/**
 * A merchant and its gateway, as programs outside the shop: what benches, rehearsals and system
 * tests drive it with, over HTTP alone. The signature here is its own implementation of epay's rule.
 */
export interface ShopSecrets {
  readonly SEALING_KEYS: string;
  readonly TOKEN_SECRETS: string;
  readonly IDENTITY_SECRET: string;
  readonly ADMIN_TOKEN: string;
}

export const EPAY = { pid: "1001", key: randomBytes(16).toString("hex") } as const;

/** Fresh secrets for a shop that lives as long as a run. */
export function throwAwaySecrets(): ShopSecrets {
  const secret = () => `1:${randomBytes(32).toString("base64")}`;
  return {
    SEALING_KEYS: secret(),
    TOKEN_SECRETS: secret(),
    IDENTITY_SECRET: secret(),
    ADMIN_TOKEN: `kdm_${randomBytes(32).toString("base64url")}`,
  };
}

export interface ShopProduct {
  readonly id: string;
  readonly slug: string;
}

export class ShopClient {
  readonly origin: string;
  readonly #token: string;

  constructor(origin: string, adminToken: string) {
    this.origin = origin;
    this.#token = adminToken;
  }

  /** Merchant "demo" with the payment account "epay". Answers the account's id. */
  async open(gatewayUrl = `${this.origin}/sandbox/epay/`): Promise<{ accountId: string }> {
    await this.admin("POST", "/merchants", { slug: "demo", name: "Demo" });
    const account = await this.admin<{ id: string }>("POST", "/payment-accounts", {
      slug: "epay",
      title: "epay",
      gateway: "epay",
      currency: "CNY",
      credentials: { ...EPAY, gateway_url: gatewayUrl },
    });
    return { accountId: account.id };
  }

  product(slug: string, more: Record<string, unknown> = {}): Promise<ShopProduct> {
    const price = { amount_minor: 1000, currency: "CNY" };
    return this.admin<ShopProduct>("POST", "/products", { slug, title: slug, price, ...more });
  }

  /** Imports keys, 10,000 a call; answers how many were accepted. The same batch twice is one. */
  async importKeys(productId: string, keys: readonly string[], batch = "first"): Promise<number> {
    let accepted = 0;
    for (let at = 0; at < keys.length; at += 10_000) {
      const text = keys.slice(at, at + 10_000).join("\n");
      // One call after the other, as a merchant would.
      const response = await fetch(`${this.origin}/admin/api/v1/products/${productId}/keys`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${this.#token}`,
          "content-type": "text/plain",
          "idempotency-key": `import-${productId}-${batch}-${at}`,
        },
        body: text,
      });
      const body = await response.text();
      if (!response.ok) throw new Error(`import: ${response.status} ${body}`);
      accepted += (JSON.parse(body) as { accepted: number }).accepted;
    }
    return accepted;
  }

  async admin<Answer>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.origin}/admin/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }
}

/** The path and query of a genuine notice: what the gateway asks for when it has been paid. */
export function noticePath(
  accountId: string,
  notice: { orderId: string; tradeNo: string; money: string; status?: string },
): string {
  const fields: Record<string, string> = {
    pid: EPAY.pid,
    trade_no: notice.tradeNo,
    out_trade_no: notice.orderId,
    type: "alipay",
    name: "card",
    money: notice.money,
    trade_status: notice.status ?? "TRADE_SUCCESS",
  };
  const base = Object.keys(fields)
    .toSorted()
    .map((name) => `${name}=${fields[name]}`)
    .join("&");
  const sign = createHash("md5")
    .update(base + EPAY.key)
    .digest("hex");
  const query = new URLSearchParams({ ...fields, sign, sign_type: "MD5" });
  return `/payments/${accountId}/notify?${query}`;
}
