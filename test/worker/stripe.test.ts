import { Stripe } from "stripe";
import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { RawNotice } from "../../src/flows/payments/payment-ports.ts";
import {
  FACTS,
  gatewayContract,
  questionOf,
  refundOf,
  requestOf,
  tradeFacts,
  type NoticeFacts,
  type TradeFacts,
} from "../support/worker/gateway-contract.ts";
import {
  jsonResponse,
  NOW_MS,
  silentWorld,
  textOf,
  worldWith,
} from "../support/worker/gateway-world.ts";

const SECRET = "whsec_test_secret";
const CREDENTIALS = { secret_key: "sk_test_51HxkamidropTests", webhook_secret: SECRET };
const SESSION = "cs_test_a1b2c3";
const STRIPE_FACTS: NoticeFacts = { ...FACTS, tradeNo: "pi_3Pkamidrop" };
const NOW_SECONDS = NOW_MS / 1_000;

function stripe(world: GatewayWorld = silentWorld()) {
  const kind = gatewayKind("stripe");
  if (kind === null) throw new Error("stripe is not registered");
  return kind.make(CREDENTIALS, "CNY", world);
}

/** Stripe's rule once more, without Stripe's package. */
async function hmac(secret: string, text: string): Promise<string> {
  const utf8 = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function withHeader(body: string, header: string): RawNotice {
  return {
    method: "POST",
    query: "",
    contentType: "application/json; charset=utf-8",
    headers: new Map([["stripe-signature", header]]),
    body: new TextEncoder().encode(body),
  };
}

async function signed(event: object, secret = SECRET, timestamp = NOW_SECONDS): Promise<RawNotice> {
  const body = JSON.stringify(event);
  const v1 = await hmac(secret, `${timestamp}.${body}`);
  return withHeader(body, `t=${timestamp},v1=${v1},v0=${"0".repeat(64)}`);
}

function eventOf(type: string, object: object, more: object = {}): object {
  return { id: "evt_1P", object: "event", type, livemode: false, data: { object, ...more } };
}

function sessionOf(facts: NoticeFacts, changes: object = {}): object {
  return {
    id: SESSION,
    object: "checkout.session",
    client_reference_id: facts.orderRef,
    payment_intent: facts.tradeNo,
    payment_status: "paid",
    status: "complete",
    amount_total: facts.money.amountMinor,
    currency: facts.money.currency.toLowerCase(),
    url: null,
    ...changes,
  };
}

const completed = (facts: NoticeFacts, changes: object = {}) =>
  eventOf("checkout.session.completed", sessionOf(facts, changes));

function alteredNotices(genuine: RawNotice): RawNotice[] {
  const header = genuine.headers.get("stripe-signature") ?? "";
  const text = new TextDecoder().decode(genuine.body);
  return [
    withHeader(text, ""),
    withHeader(text, header.replace("v1=", "v1=0")),
    withHeader(text, header.replace(/v1=[^,]*/, "v1=")),
    withHeader(text, header.replace("v1=", "v0=")),
    withHeader(text, header.replace(/t=\d+/, `t=${NOW_SECONDS + 1}`)),
    withHeader(text, header.replace(/t=\d+,/, "")),
    withHeader(`${text} `, header),
    withHeader(text.replace("paid", "PAID"), header),
    withHeader(text.replace("1234", "1"), header),
    { ...genuine, headers: new Map() },
  ];
}

/** api.stripe.com, as far as we ask it. */
function answerCall(trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const { pathname, hostname } = new URL(request.url);
    if (hostname !== "api.stripe.com") throw new Error(`${hostname} was called`);
    if (request.headers.get("authorization") !== `Bearer ${CREDENTIALS.secret_key}`) {
      return jsonResponse({ error: { type: "invalid_request_error", message: "no key" } }, 401);
    }
    const named = { client_reference_id: trade.answersFor ?? trade.orderRef };
    if (pathname === "/v1/refunds" && request.method === "GET") {
      return jsonResponse({ object: "list", data: [], has_more: false });
    }
    if (pathname === "/v1/refunds") {
      if (trade.refund === "refused") {
        const error = {
          type: "invalid_request_error",
          code: "charge_already_refunded",
          message: "no",
        };
        return jsonResponse({ error }, 400);
      }
      const sent = new URLSearchParams(await textOf(request));
      return jsonResponse({
        id: "re_1",
        object: "refund",
        amount: Number(sent.get("amount")),
        currency: trade.money.currency.toLowerCase(),
        payment_intent: trade.answersFor ?? sent.get("payment_intent"),
        status: "succeeded",
        metadata: { refund_id: sent.get("metadata[refund_id]") },
      });
    }
    if (request.method === "POST") {
      const url = `https://checkout.stripe.com/c/pay/${SESSION}`;
      const open = { payment_status: "unpaid", status: "open", payment_intent: null, url };
      return jsonResponse(sessionOf(trade, { ...open, ...named }));
    }
    if (trade.state === "unknown") {
      const error = { type: "invalid_request_error", code: "resource_missing", message: "No such" };
      return jsonResponse({ error }, 404);
    }
    const intent = (status: string, refunded = false) => ({
      id: trade.tradeNo,
      status,
      latest_charge: { id: "ch_1", refunded, created: NOW_SECONDS },
    });
    const states = {
      paid: { payment_intent: intent("succeeded") },
      refunded: { payment_intent: intent("succeeded", true) },
      pending: { payment_status: "unpaid", status: "open", payment_intent: null },
      closed: { payment_status: "unpaid", status: "expired", payment_intent: null },
    };
    return jsonResponse(sessionOf(trade, { ...states[trade.state], ...named }));
  };
}

function chargeOf({ tradeNo, orderRef }: NoticeFacts): object {
  return {
    id: "ch_1",
    payment_intent: tradeNo,
    amount_refunded: 500,
    currency: "cny",
    metadata: { order_id: orderRef },
  };
}

function disputeOf({ tradeNo }: NoticeFacts, status = "needs_response"): object {
  return { id: "dp_1", payment_intent: tradeNo, amount: 1234, currency: "cny", status };
}

gatewayContract(
  "Stripe",
  () => ({
    make: stripe,
    paid: (facts) => signed(completed(facts)),
    notPaid: (facts) => signed(completed(facts, { payment_status: "unpaid" })),
    refunded: (facts) =>
      signed(eventOf("charge.refunded", chargeOf(facts), { previous_attributes: {} })),
    disputed: (facts) => signed(eventOf("charge.dispute.created", disputeOf(facts))),
    forged: (facts) => signed(completed(facts), "whsec_of_another"),
    altered: alteredNotices,
    calls: {
      answer: answerCall,
      reference: SESSION,
      signsAnswers: false,
      namesOrderIn: ["open", "query", "refund"],
      states: ["paid", "pending", "closed", "unknown", "refunded"],
      refundIdOf: async (request) =>
        request.method === "POST" ? request.headers.get("idempotency-key") : null,
    },
  }),
  STRIPE_FACTS,
);

describe("Stripe's signature", () => {
  test.each(vectors.stripe)("agrees with the shared vector ($origin)", async (vector) => {
    expect(await hmac(vector.secret, `${vector.timestamp}.${vector.body}`)).toBe(vector.v1);
  });

  test("is the one that Stripe's own package makes", async () => {
    const payload = JSON.stringify(completed(STRIPE_FACTS));
    const header = await Stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret: SECRET,
      timestamp: NOW_SECONDS,
      cryptoProvider: Stripe.createSubtleCryptoProvider(),
    } as Parameters<typeof Stripe.webhooks.generateTestHeaderStringAsync>[0]);
    expect((await stripe().read(withHeader(payload, header))).kind).toBe("paid");
  });

  test("may be any of several, while a secret is changed", async () => {
    const notice = await signed(completed(STRIPE_FACTS));
    const [t, v1] = (notice.headers.get("stripe-signature") ?? "").split(",");
    const header = `${t},v1=${"0".repeat(64)},${v1}`;
    const text = new TextDecoder().decode(notice.body);
    expect((await stripe().read(withHeader(text, header))).kind).toBe("paid");
  });

  test("of more than five minutes ago is stale", async () => {
    const reading = await stripe().read(
      await signed(completed(STRIPE_FACTS), SECRET, NOW_SECONDS - 301),
    );
    expect(reading).toMatchObject({ kind: "invalid", check: "stale" });
  });

  test("over text that is no JSON is malformed", async () => {
    const v1 = await hmac(SECRET, `${NOW_SECONDS}.hello`);
    const reading = await stripe().read(withHeader("hello", `t=${NOW_SECONDS},v1=${v1}`));
    expect(reading).toMatchObject({ kind: "invalid", check: "malformed" });
  });
});

describe("Stripe's event", () => {
  const read = async (event: object) => stripe().read(await signed(event));
  const { tradeNo, orderRef, money } = STRIPE_FACTS;
  const about = { tradeNo, orderRef };

  test("of a slow method is money only when it has come", async () => {
    const waiting = sessionOf(STRIPE_FACTS, { payment_status: "unpaid" });
    expect((await read(eventOf("checkout.session.completed", waiting))).kind).toBe("not_paid");
    const come = eventOf("checkout.session.async_payment_succeeded", sessionOf(STRIPE_FACTS));
    expect(await read(come)).toEqual({ kind: "paid", ...about, money });
    const failed = eventOf("checkout.session.async_payment_failed", waiting);
    expect(await read(failed)).toMatchObject({ kind: "not_paid", ...about });
  });

  test("that nothing was to be paid is no payment", async () => {
    const free = completed(STRIPE_FACTS, { payment_status: "no_payment_required" });
    expect((await read(free)).kind).toBe("not_paid");
  });

  test.each([
    [
      "in another currency is told as it came",
      { currency: "usd" },
      { kind: "paid", money: { currency: "USD" } },
    ],
    [
      "in a currency that we do not know is refused and shown",
      { currency: "xxx" },
      { kind: "invalid", check: "amount", about },
    ],
    [
      "without a sum is refused and shown",
      { amount_total: null },
      { kind: "invalid", check: "amount", about },
    ],
    [
      "of a session that is none of ours is ignored",
      { client_reference_id: null },
      { kind: "ignored" },
    ],
  ])("%s", async (_, changes, expected) => {
    expect(await read(completed(STRIPE_FACTS, changes))).toMatchObject(expected);
  });

  test("of a refund tells this refund, though the charge tells the sum of all", async () => {
    const before = { previous_attributes: { amount_refunded: 200 } };
    expect(await read(eventOf("charge.refunded", chargeOf(STRIPE_FACTS), before))).toEqual({
      kind: "refunded",
      ...about,
      numberedByNotice: true,
      refundNo: "evt_1P",
      money: { amountMinor: 300, currency: "CNY" },
    });
  });

  test.each([
    ["charge.dispute.created", "needs_response", "opened"],
    ["charge.dispute.closed", "lost", "lost"],
    ["charge.dispute.closed", "won", "won"],
    ["charge.dispute.closed", "warning_closed", "won"],
  ])("%s (%s) is a dispute that is %s", async (type, status, state) => {
    const why = { reason: "fraudulent", evidence_details: { due_by: 1_800_000_600 } };
    const told = { ...disputeOf(STRIPE_FACTS, status), ...why };
    const event = { ...eventOf(type, told), created: 1_800_000_000 };
    const expected = { kind: "disputed", tradeNo, orderRef: null, disputeNo: "dp_1", state, money };
    expect(await read(event)).toEqual({
      ...expected,
      saidAtMs: 1_800_000_000_000,
      reason: "fraudulent",
      evidenceDueAtMs: 1_800_000_600_000,
    });
    const bare = { ...told, reason: 7, evidence_details: { due_by: "soon" } };
    expect(await read(eventOf(type, bare))).toEqual({
      ...expected,
      // Without a time of its own: when it was signed.
      saidAtMs: NOW_MS,
      reason: null,
      evidenceDueAtMs: null,
    });
  });

  test.each(["charge.succeeded", "payment_intent.succeeded", "charge.dispute.updated"])(
    "%s concerns no order",
    async (type) => {
      expect((await read(eventOf(type, {}))).kind).toBe("ignored");
    },
  );
});

describe("Stripe, asked", () => {
  test("to open twice is told the same both times: one session an order", async () => {
    const seen: string[] = [];
    const world = worldWith(async (request) => {
      const key = request.headers.get("idempotency-key");
      seen.push(`${key} ${await textOf(request.clone())}`);
      return answerCall(tradeFacts(STRIPE_FACTS))(request);
    });
    const request = { ...requestOf(STRIPE_FACTS), expiresAtMs: NOW_MS + 900_000 };
    await stripe(world).open(request);
    await stripe(world).open(request);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
    const sent = new URLSearchParams(seen[0]?.split(" ")[1]);
    expect(Object.fromEntries(sent)).toMatchObject({
      client_reference_id: STRIPE_FACTS.orderRef,
      "line_items[0][price_data][unit_amount]": "1234",
      "line_items[0][price_data][currency]": "cny",
      "payment_intent_data[metadata][order_id]": STRIPE_FACTS.orderRef,
      expires_at: String(NOW_SECONDS + 900 + 31 * 60),
    });
    expect(seen[0]).toContain(`open-${STRIPE_FACTS.orderRef}`);
  });

  test("for a hold of nearly a day leaves the end to Stripe, which takes none beyond a day", async () => {
    const endsOf = async (holdMs: number) => {
      let sent = new URLSearchParams();
      let key: string | null = null;
      const world = worldWith(async (request) => {
        key = request.headers.get("idempotency-key");
        sent = new URLSearchParams(await textOf(request.clone()));
        return answerCall(tradeFacts(STRIPE_FACTS))(request);
      });
      await stripe(world).open({ ...requestOf(STRIPE_FACTS), expiresAtMs: NOW_MS + holdMs });
      return { endsAt: sent.get("expires_at"), key };
    };
    const key = `open-${STRIPE_FACTS.orderRef}`;
    const hour = 3_600_000;
    expect(await endsOf(24 * hour)).toEqual({ endsAt: null, key: `${key}-day` });
    const last = 24 * hour - 32 * 60_000;
    expect(await endsOf(last)).toEqual({ endsAt: String(NOW_SECONDS + 86_340), key });
    expect(await endsOf(last + 1_000)).toEqual({ endsAt: null, key: `${key}-day` });
  });

  test.each([
    ["twice at once", 409, "idempotency_key_in_use"],
    ["too often", 400, "rate_limit"],
  ])("%s is not refused: it is to be asked again", async (_, status, code) => {
    const error = { type: "invalid_request_error", code, message: "busy" };
    const world = worldWith(() => jsonResponse({ error }, status));
    const busy = { kind: "unavailable", reason: "status" };
    expect(await stripe(world).open(requestOf(STRIPE_FACTS))).toMatchObject(busy);
    expect(await stripe(world).refund(refundOf(STRIPE_FACTS))).toMatchObject(busy);
  });

  test("to refund what it has refunded under this number makes no second refund", async () => {
    const { refundId, tradeNo } = refundOf(STRIPE_FACTS);
    const methods: string[] = [];
    const world = worldWith((request) => {
      methods.push(request.method);
      const made = {
        id: "re_old",
        amount: 1234,
        currency: "cny",
        payment_intent: tradeNo,
        status: "succeeded",
        metadata: { refund_id: refundId },
      };
      return jsonResponse({ object: "list", data: [made], has_more: false });
    });
    expect(await stripe(world).refund(refundOf(STRIPE_FACTS))).toEqual({
      kind: "done",
      refundNo: "re_old",
    });
    expect(methods).toEqual(["GET"]);
  });

  test("lists the refunds of a payment that are done, ours by our number and those of its desk by its own", async () => {
    const { refundId, tradeNo } = refundOf(STRIPE_FACTS);
    const made = (id: string, changes: object) => ({
      id,
      amount: 300,
      currency: "cny",
      payment_intent: tradeNo,
      status: "succeeded",
      ...changes,
    });
    const data = [
      made("re_ours", { metadata: { refund_id: refundId } }),
      made("re_desk", { metadata: {} }),
      made("re_failed", { status: "failed" }),
      made("re_pending", { status: "pending" }),
      made("re_other", { payment_intent: "pi_other" }),
    ];
    const world = worldWith(() => jsonResponse({ object: "list", data, has_more: false }));
    const question = { tradeNo, orderRef: null, refundNo: "evt_1" };
    const money = { amountMinor: 300, currency: "CNY" };
    expect(await stripe(world).refundsOf?.(question)).toEqual({
      kind: "refunds",
      refunds: [
        { refundNo: "re_ours", refundId, money },
        { refundNo: "re_desk", refundId: null, money },
      ],
    });
    const down = worldWith(() => jsonResponse({ error: { type: "api_error" } }, 500));
    expect(await stripe(down).refundsOf?.(question)).toMatchObject({ kind: "unavailable" });
  });

  test("and of a payment it tells the order from the metadata that its session was opened with", async () => {
    const { tradeNo, orderRef } = STRIPE_FACTS;
    const intent = (changes: object = {}) => ({
      id: tradeNo,
      object: "payment_intent",
      metadata: { order_id: orderRef },
      ...changes,
    });
    const ask = (answer: object, status = 200) =>
      stripe(worldWith(() => jsonResponse(answer, status))).orderOf?.(tradeNo);
    expect(await ask(intent())).toEqual({ kind: "order", orderRef });
    expect(await ask(intent({ metadata: {} }))).toEqual({ kind: "order", orderRef: null });
    const missing = { type: "invalid_request_error", code: "resource_missing", message: "No such" };
    expect(await ask({ error: missing }, 404)).toEqual({ kind: "order", orderRef: null });
    expect(await ask(intent({ id: "pi_other" }))).toMatchObject({ reason: "other_order" });
    expect(await ask({ error: { type: "api_error" } }, 500)).toMatchObject({ kind: "unavailable" });
    expect(await stripe().orderOf?.("ch_1")).toEqual({ kind: "order", orderRef: null });
  });

  test.each([401, 403])("and answered %i is a matter of credentials", async (status) => {
    const error = { type: "invalid_request_error", message: "Invalid API Key provided" };
    const world = worldWith(() => jsonResponse({ error }, status));
    const outcome = await stripe(world).query(questionOf(STRIPE_FACTS, SESSION));
    expect(outcome).toMatchObject({ kind: "unavailable", reason: "credentials" });
  });

  test("with other words under the same key is not understood, and opens nothing", async () => {
    const error = { type: "idempotency_error", message: "Keys for idempotent requests …" };
    const world = worldWith(() => jsonResponse({ error }, 400));
    expect(await stripe(world).open(requestOf(STRIPE_FACTS))).toMatchObject({
      kind: "unavailable",
    });
  });

  test("about a session that was never opened is unknown, and asks nobody", async () => {
    expect(await stripe().query(questionOf(STRIPE_FACTS))).toEqual({ kind: "unknown" });
  });
});
