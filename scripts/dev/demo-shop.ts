import { createHash } from "node:crypto";

/** The demo shop, by which docs and black-box tests are written. */
export const MERCHANT = { slug: "demo", name: "kamidrop demo" } as const;

const cny = (amountMinor: number) => ({ amount_minor: amountMinor, currency: "CNY" });

export interface DemoProduct {
  readonly body: { readonly slug: string } & Readonly<Record<string, unknown>>;
  /** Keys to import; 0 for products that need none. */
  readonly keys: number;
  /** How it is sold through a line: what of its keys, from a minute after it was made. */
  readonly drop?: Readonly<Record<string, unknown>>;
}

/** Time to open the page and to see the countdown. */
export const DROP_OPENS_AFTER_MS = 60_000;
export const DROP_LASTS_MS = 24 * 3600 * 1000;

export const PRODUCTS: readonly DemoProduct[] = [
  {
    body: {
      slug: "starter-key",
      title: "入门密钥 · Starter Key",
      summary: "付款后一秒内显示卡密 · Your key appears within a second of paying.",
      description_md: `**自动发货。** 付款成功后，卡密会立即显示在订单页，并发送到您的邮箱。

**Delivered at once.** Your key is shown on the order page as soon as the payment arrives, and a copy is sent by mail.

- 每单最多 10 份 · up to 10 per order
- 未付款的订单保留 15 分钟 · unpaid orders are held for 15 minutes`,
      price: cny(1000),
      delivery: "auto",
      key_source: "pool",
      limits: { per_order: 10, per_buyer: null },
      hold_seconds: 900,
      stock_display: "exact",
    },
    keys: 200,
  },
  {
    body: {
      slug: "free-trial",
      title: "免费试用 · Free Trial",
      summary: "无需付款，下单即得 · Nothing to pay: order it and you have it.",
      description_md: `**每次下单现场生成一个新的试用码。**

**A fresh trial code is made for every order.** Nothing to pay.`,
      price: cny(0),
      delivery: "auto",
      key_source: "generated",
      limits: { per_order: 5, per_buyer: null },
      hold_seconds: 900,
      stock_display: "level",
    },
    keys: 0,
  },
  {
    body: {
      slug: "drop-key",
      title: "限量发售 · Drop Key",
      summary: "仅 100 份，售完即止 · A hundred of them, and no more.",
      description_md: `**限量 100 份。** 开抢前加入的人抽签排序，之后先到先得；每人最多 5 份，未付款的订单只保留 5 分钟。

**A hundred keys.** Whoever joins before the opening is ordered by a draw, whoever comes later by when they came. At most five for each, held for five minutes while you pay.`,
      price: cny(9900),
      delivery: "auto",
      key_source: "pool",
      limits: { per_order: 5, per_buyer: null },
      hold_seconds: 300,
      stock_display: "exact",
    },
    keys: 100,
    drop: {
      quantity: 100,
      per_buyer: 5,
      hold_seconds: 300,
      policy: { line_max: 100_000, qualification: "none", challenge: "pressure" },
    },
  },
  {
    body: {
      slug: "hand-made",
      title: "人工充值 · Top-up by Hand",
      summary: "由店主手动处理 · A person delivers this one.",
      description_md: `**人工发货。** 付款后由店主处理您填写的账号，完成后会邮件通知。

**Delivered by hand.** After you pay, the shop tops up the account that you name and mails you when it is done.`,
      price: cny(5000),
      delivery: "manual",
      key_source: "pool",
      limits: { per_order: 1, per_buyer: null },
      hold_seconds: 900,
      stock_display: "hidden",
      fields: [{ id: "account", label: "充值账号 · Account", required: true, max_length: 64 }],
    },
    keys: 0,
  },
];

/**
 * Keys for a product, one a line. The same at every call: seeding that was interrupted is repeated
 * under the same Idempotency-Key, which takes the same body only.
 */
export function demoKeys(slug: string, count: number): string {
  return Array.from({ length: count }, (_, i) => demoKey(`${slug}:${i}`)).join("\n");
}

function demoKey(seed: string): string {
  const digits = createHash("sha256").update(seed).digest("hex").toUpperCase().slice(0, 20);
  return ["DEMO", ...(digits.match(/.{5}/g) ?? [])].join("-");
}
