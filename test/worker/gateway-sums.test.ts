import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import { SUMS } from "../../src/domain/payments/sums.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import { CURRENCIES, type Currency, type Money } from "../../src/domain/money.ts";
import type { PaymentGateway } from "../../src/flows/payments/payment-ports.ts";
import { baseOf, md5Hex, postNotice } from "../support/worker/epay-merchant.ts";
import { FACTS, questionOf, refundOf, requestOf } from "../support/worker/gateway-contract.ts";
import { jsonResponse, silentWorld, worldWith } from "../support/worker/gateway-world.ts";
import { makeRsaKeys } from "../support/worker/rsa-keys.ts";

const [ours, theirs] = await Promise.all([makeRsaKeys(), makeRsaKeys()]);
const epay = { pid: "1001", gateway_url: "https://pay.example.com/" };
const coin = { api_token: "the-token", gateway_url: "https://usdt.example.com/" };
const CREDENTIALS = {
  epay: { ...epay, key: "the-key" },
  "epay-v2": { ...epay, private_key: ours.privatePem, platform_public_key: theirs.publicPem },
  bepusdt: coin,
  epusdt: coin,
  tokenpay: { secret: "the-secret", gateway_url: "https://coins.example.com/" },
  alipay: {
    app_id: "2021000000000001",
    private_key: ours.privatePem,
    alipay_public_key: theirs.publicPem,
  },
  wechat: {
    appid: "wxd678efh567hg6787",
    mchid: "1900007291",
    serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    private_key: ours.privatePem,
    api_v3_key: "0123456789abcdef0123456789ABCDEF",
    public_key: theirs.publicPem,
    public_key_id: "PUB_KEY_ID_0111111111112026112500000001",
  },
  stripe: { secret_key: "sk_test_51HxkamidropTests", webhook_secret: "whsec_test_secret" },
  paypal: {
    client_id: "AV8-client-id-of-a-test",
    client_secret: "EK-secret-of-a-test",
    webhook_id: "1JE4291016473214C",
  },
};
type Name = keyof typeof CREDENTIALS;

function gatewayOf(name: Name, currency: Currency, world: GatewayWorld = silentWorld()) {
  const made = gatewayKind(name)?.make(CREDENTIALS[name], currency, world);
  if (made === undefined) throw new Error(`${name} is not registered`);
  return made;
}

/** What the gateway was asked for, wherever its request or its address says it: the last request's. */
async function sentBy(name: Name, money: Money, verb: "open" | "refund" = "open"): Promise<string> {
  let sent = "";
  const world = worldWith(async (request) => {
    const body = await request.text();
    if (request.url.endsWith("/v1/oauth2/token")) {
      return jsonResponse({ access_token: "t", token_type: "Bearer", expires_in: 3_600 });
    }
    sent = `${request.url}\n${body}`;
    return jsonResponse({ message: "no" }, 400);
  });
  const gateway = gatewayOf(name, money.currency, world);
  if (verb === "refund") {
    await gateway.refund(refundOf({ ...FACTS, money }));
    return sent;
  }
  const opening = await gateway.open({ ...requestOf(FACTS), money });
  const shown = opening.kind === "opened" && opening.action.action === "redirect";
  return shown ? opening.action.url : sent;
}

const search = (sent: string) => new URLSearchParams(sent.split("?")[1] ?? "");
const body = (sent: string) =>
  JSON.parse(sent.slice(sent.indexOf("\n"))) as Record<string, unknown>;
const form = (sent: string) => new URLSearchParams(sent.slice(sent.indexOf("\n") + 1));

/** The text of the sum in what each is sent: of minor units, or decimal. */
const SUM_IN: Readonly<Record<Name, (sent: string) => unknown>> = {
  epay: (sent) => search(sent).get("money"),
  "epay-v2": (sent) => search(sent).get("money"),
  bepusdt: (sent) => body(sent)["amount"],
  epusdt: (sent) => body(sent)["amount"],
  tokenpay: (sent) => body(sent)["ActualAmount"],
  alipay: (sent) =>
    (JSON.parse(search(sent).get("biz_content") ?? "{}") as Record<string, unknown>)[
      "total_amount"
    ],
  wechat: (sent) => (body(sent)["amount"] as Record<string, unknown>)["total"],
  stripe: (sent) => form(sent).get("line_items[0][price_data][unit_amount]"),
  paypal: (sent) =>
    (body(sent)["purchase_units"] as [{ amount: { value: string } }])[0].amount.value,
};
const IN_MINOR: ReadonlySet<Name> = new Set<Name>(["wechat", "stripe"]);

/** ISO 4217, written down once more. */
const WITHOUT_DECIMALS: ReadonlySet<string> = new Set(["JPY", "KRW", "VND"]);

/** By whole numbers alone: "12.3" is 1230. */
function minorOf(text: string, currency: Currency): number {
  const [whole = "", fraction = ""] = text.split(".");
  const digits = WITHOUT_DECIMALS.has(currency) ? 0 : 2;
  if (fraction.length > digits) throw new Error(`${text} has more places than ${currency}`);
  return Number(whole + fraction.padEnd(digits, "0"));
}

const currenciesOf = (name: Name) => gatewayOf(name, "CNY").capabilities.currencies ?? CURRENCIES;
const pairs = (Object.keys(CREDENTIALS) as Name[]).flatMap((name) =>
  currenciesOf(name).map((currency) => [name, currency] as const),
);

describe("a sum on its way to a gateway", () => {
  test.each(pairs)(
    "is the sum that was asked for, to the last unit: %s, %s",
    async (name, currency) => {
      const step = name === "paypal" && currency === "TWD" ? 100 : 1;
      const sums = fc.integer({ min: 1, max: 9_999_999 }).map((units) => units * step);
      await fc.assert(
        fc.asyncProperty(sums, async (amountMinor) => {
          const told = String(SUM_IN[name](await sentBy(name, { amountMinor, currency })));
          const read = IN_MINOR.has(name) ? Number(told) : minorOf(told, currency);
          expect(read).toBe(amountMinor);
        }),
        { numRuns: 12 },
      );
    },
  );

  test.each([
    ["paypal", { amountMinor: 1_050, currency: "TWD" }, /whole units/],
    ["paypal", { amountMinor: 1_000, currency: "CNY" }, /does not charge in CNY/],
    ["paypal", { amountMinor: 1_000, currency: "KRW" }, /does not charge in KRW/],
    ["epusdt", { amountMinor: 1_000, currency: "USD" }, /does not charge in USD/],
    ["bepusdt", { amountMinor: 1_000, currency: "TWD" }, /does not charge in TWD/],
    ["tokenpay", { amountMinor: 1_000, currency: "JPY" }, /does not charge in JPY/],
    ["alipay", { amountMinor: 1_000, currency: "USD" }, /does not charge in USD/],
    ["wechat", { amountMinor: 1_000, currency: "HKD" }, /does not charge in HKD/],
  ] as const)(
    "that %s cannot be told is refused, without a call: %o",
    async (name, money, reason) => {
      const gateway = gatewayOf(name, money.currency);
      const opening = await gateway.open({ ...requestOf(FACTS), money });
      expect(opening).toMatchObject({ kind: "refused", reason: expect.stringMatching(reason) });
    },
  );

  test("is whole without zeros, for PayPal's currencies without decimals; what goes back too", async () => {
    const value = async (amountMinor: number, currency: Currency) =>
      SUM_IN.paypal(await sentBy("paypal", { amountMinor, currency }));
    expect(await value(100_000, "TWD")).toBe("1000");
    expect(await value(1_000, "JPY")).toBe("1000");
    expect(await value(100_000, "USD")).toBe("1000.00");
    const refund = await sentBy("paypal", { amountMinor: 100_000, currency: "TWD" }, "refund");
    expect(refund).toContain('"value":"1000"');
    const part = refundOf(
      { ...FACTS, money: { amountMinor: 1_000, currency: "TWD" } },
      { money: { amountMinor: 950, currency: "TWD" } },
    );
    expect(await gatewayOf("paypal", "TWD").refund(part)).toMatchObject({ kind: "refused" });
  });

  test("of a self-test is one that the gateway charges", () => {
    expect(gatewayOf("paypal", "TWD").capabilities.leastMinor).toBe(100);
    expect(gatewayOf("stripe", "HKD").capabilities.leastMinor).toBe(400);
    expect(gatewayOf("epay", "CNY").capabilities.leastMinor).toBe(1);
  });
});

describe("what we sell in", () => {
  // docs.stripe.com/currencies: "Zero-decimal currencies", "Three-decimal currencies", "Special cases".
  const ZERO = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" ");
  const WRITTEN_OTHERWISE = "BHD JOD KWD OMR TND ISK UGX".split(" ");

  test("has as many decimals with Stripe as with us: its smallest units are ours", () => {
    for (const currency of CURRENCIES) {
      expect([currency, ZERO.includes(currency)]).toEqual([
        currency,
        WITHOUT_DECIMALS.has(currency),
      ]);
    }
    expect(CURRENCIES.filter((currency) => WRITTEN_OTHERWISE.includes(currency))).toEqual([]);
  });

  test("steps by whole units where PayPal knows no decimals and we do", () => {
    // developer.paypal.com, "Currency codes": these "do not support decimals".
    const whole = ["HUF", "JPY", "TWD"].filter((code) =>
      SUMS.paypal.currencies.some((c) => c === code),
    );
    expect(whole.filter((code) => !WITHOUT_DECIMALS.has(code))).toEqual(
      Object.keys(SUMS.paypal.stepMinor),
    );
  });
});

describe("a cashier for coin", () => {
  const answers = (data: object) =>
    worldWith(() => jsonResponse({ status_code: 200, message: "success", data }));
  const created = (changes: object = {}) => ({
    trade_id: "T-1",
    order_id: FACTS.orderRef,
    amount: "12.34",
    actual_amount: "1.73",
    payment_url: "https://usdt.example.com/pay/T-1",
    ...changes,
  });
  const dollars: Money = { amountMinor: 1_234, currency: "USD" };
  const open = (name: Name, money: Money, data: object) =>
    gatewayOf(name, money.currency, answers(data)).open({ ...requestOf(FACTS), money });

  test("is told in what the price is, and believed only where it says the same", async () => {
    const sent = body(await sentBy("bepusdt", dollars));
    expect(sent).toMatchObject({ amount: 12.34, fiat: "USD" });
    expect(body(await sentBy("bepusdt", FACTS.money))).not.toHaveProperty("fiat");
    expect(await open("bepusdt", dollars, created({ fiat: "USD" }))).toMatchObject({
      kind: "opened",
    });
    // An older one takes dollars for yuan, and says nothing.
    expect(await open("bepusdt", dollars, created())).toEqual({
      kind: "refused",
      reason: "the cashier charges in CNY",
    });
  });

  test.each(["0", "0.00", "0.0000", 0])(
    "that asks for no coin at all (%s) is no way to pay",
    async (nothing) => {
      const asked = await open("epusdt", FACTS.money, created({ actual_amount: nothing }));
      expect(asked).toMatchObject({ kind: "refused", reason: expect.stringContaining("least") });
    },
  );

  async function noticeOf(
    gateway: PaymentGateway,
    fields: Record<string, string>,
    secret: string,
    name: string,
  ) {
    const signature = await md5Hex(baseOf(Object.entries(fields)) + secret);
    const text = JSON.stringify({ ...fields, [name]: signature });
    return gateway.read(postNotice(text, "application/json"));
  }
  const bepusdtNotice = (currency: Currency, changes: Record<string, string>) =>
    noticeOf(
      gatewayOf("bepusdt", currency),
      {
        trade_id: "T-1",
        order_id: FACTS.orderRef,
        amount: "12.34",
        actual_amount: "1.73",
        status: "2",
        ...changes,
      },
      coin.api_token,
      "signature",
    );

  test("that names no currency means yuan, and pays no price in dollars", async () => {
    expect(await bepusdtNotice("USD", {})).toMatchObject({ kind: "invalid", check: "amount" });
    expect(await bepusdtNotice("USD", { fiat: "USD" })).toMatchObject({
      kind: "paid",
      money: dollars,
    });
    expect(await bepusdtNotice("CNY", {})).toMatchObject({ kind: "paid", money: FACTS.money });
  });

  test.each(["0", "0.00", "-1", "some", "1e3"])(
    "that took %s of coin took nothing",
    async (actual_amount) => {
      expect(await bepusdtNotice("CNY", { actual_amount })).toMatchObject({
        kind: "invalid",
        check: "amount",
      });
    },
  );

  const tokenpayNotice = (changes: Record<string, string>) =>
    noticeOf(
      gatewayOf("tokenpay", "CNY"),
      {
        Id: "I-1",
        OutOrderId: FACTS.orderRef,
        ActualAmount: "12.34",
        Amount: "34.91",
        Status: "1",
        ...changes,
      },
      CREDENTIALS.tokenpay.secret,
      "Signature",
    );

  test.each([
    ["34.91", 1_234],
    ["34.910000", 1_234],
    ["35", 1_234],
    ["34.909999", 1_233],
    ["33.91", 1_198],
    ["17.455", 617],
  ])(
    "that says %s was paid of 34.91 was paid that part of the price",
    async (PayAmount, amountMinor) => {
      const money = { amountMinor, currency: "CNY" };
      expect(await tokenpayNotice({ PayAmount, IsDynamicAmount: "1" })).toMatchObject({
        kind: "paid",
        money,
      });
    },
  );

  test.each([
    { PayAmount: "much" },
    { PayAmount: "0" },
    { PayAmount: "0.0001" },
    { PayAmount: "1", Amount: "0" },
    { PayAmount: "1", Amount: "" },
  ])(
    "whose sums in coin say nothing, or nothing that was paid, grants nothing: %o",
    async (changes) => {
      expect(await tokenpayNotice(changes)).toMatchObject({ kind: "invalid", check: "amount" });
    },
  );

  test("that is asked says as little: a part is a part", async () => {
    const row = { id: "I-1", outOrderId: FACTS.orderRef, actualAmount: 12.34, status: 1 };
    const said = async (more: object) =>
      gatewayOf(
        "tokenpay",
        "CNY",
        worldWith(() => jsonResponse({ success: true, data: { ...row, ...more } })),
      ).query(questionOf(FACTS, "I-1"));
    expect(await said({ amount: 34.91, payAmount: 33.91 })).toMatchObject({
      kind: "paid",
      money: { amountMinor: 1_198 },
    });
    expect(await said({ amount: 34.91, payAmount: null })).toMatchObject({
      kind: "paid",
      money: FACTS.money,
    });
  });
});
