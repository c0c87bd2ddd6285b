import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/adapters/payments/signatures/crc32.ts";
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
  NOW_MS,
  jsonResponse,
  silentWorld,
  textOf,
  worldWith,
  type OtherSide,
} from "../support/worker/gateway-world.ts";
import ellipticCertificate from "../data/certificates/p-256.pem?raw";
import { certificateChain, LIVE_NAME, SANDBOX_NAME } from "../support/worker/certificates.ts";
import { makeRsaKeys, type RsaKeys } from "../support/worker/rsa-keys.ts";

const [theirs, stranger] = await Promise.all([makeRsaKeys(), makeRsaKeys()]);
const chain = await certificateChain(theirs);

const CREDENTIALS = {
  client_id: "AV8kamidrop-client-id",
  client_secret: "EKkamidrop-client-secret",
  webhook_id: "1JE4291016473214C",
};
const CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-7a8abba8";
const DAY_MS = 86_400_000;
const PAYPAL_ORDER = "5O190127TN364715T";
const PAYPAL_FACTS: NoticeFacts = {
  ...FACTS,
  tradeNo: "2GG279541U471931P",
  money: { amountMinor: 1234, currency: "USD" },
};

function paypal(world: GatewayWorld = silentWorld()) {
  const kind = gatewayKind("paypal");
  if (kind === null) throw new Error("paypal is not registered");
  return kind.make(CREDENTIALS, "USD", world);
}

/** Where only certificates are to be had. */
const certificates: OtherSide = ({ url }) => {
  if (url !== CERTIFICATE) throw new Error(`${url} was called`);
  return new Response(chain);
};
const readingWorld = () => worldWith(certificates);

interface Options {
  readonly keys?: RsaKeys;
  readonly webhookId?: string;
  readonly certificate?: string;
}

async function signed(event: object, options: Options = {}): Promise<RawNotice> {
  const { keys = theirs, webhookId = CREDENTIALS.webhook_id, certificate = CERTIFICATE } = options;
  const body = new TextEncoder().encode(JSON.stringify(event));
  const [id, time] = ["69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2026-11-25T04:00:00Z"];
  const signature = await keys.sign(`${id}|${time}|${webhookId}|${crc32(body)}`);
  return {
    method: "POST",
    query: "",
    contentType: "application/json",
    headers: new Map([
      ["paypal-transmission-id", id],
      ["paypal-transmission-time", time],
      ["paypal-transmission-sig", signature],
      ["paypal-cert-url", certificate],
      ["paypal-auth-algo", "SHA256withRSA"],
    ]),
    body,
  };
}

function decimalOf({ amountMinor }: NoticeFacts["money"]): string {
  return (amountMinor / 100).toFixed(2);
}

function amountOf({ money }: NoticeFacts) {
  return { currency_code: money.currency, value: decimalOf(money) };
}

function captureOf(facts: NoticeFacts, changes: object = {}): object {
  return {
    id: facts.tradeNo,
    status: "COMPLETED",
    custom_id: facts.orderRef,
    amount: amountOf(facts),
    create_time: "2026-11-25T04:00:00Z",
    ...changes,
  };
}

const eventOf = (type: string, resource: object) => ({ id: "WH-1", event_type: type, resource });
const completed = (facts: NoticeFacts, changes: object = {}) =>
  eventOf("PAYMENT.CAPTURE.COMPLETED", captureOf(facts, changes));

function alteredNotices(genuine: RawNotice): RawNotice[] {
  const text = new TextDecoder().decode(genuine.body);
  const withBody = (body: string) => ({ ...genuine, body: new TextEncoder().encode(body) });
  return [
    ...[...genuine.headers]
      .flatMap(([name, value]) =>
        ["", `${value}1`].map((other) => ({
          ...genuine,
          headers: new Map(genuine.headers).set(name, other),
        })),
      )
      .filter(({ headers }) => headers.get("paypal-cert-url") !== `${CERTIFICATE}1`),
    withBody(`${text} `),
    withBody(text.replace("12.34", "0.01")),
    withBody(""),
  ];
}

function orderOf(trade: TradeFacts, status: string, capture?: object): object {
  const unit = { custom_id: trade.answersFor ?? trade.orderRef, amount: amountOf(trade) };
  const payments = capture === undefined ? {} : { payments: { captures: [capture] } };
  const href = `https://www.paypal.com/checkoutnow?token=${PAYPAL_ORDER}`;
  return {
    id: PAYPAL_ORDER,
    status,
    links: [
      { rel: "self", href: "https://x.example/" },
      { rel: "payer-action", href },
    ],
    purchase_units: [{ ...unit, ...payments }],
  };
}

/** api-m.paypal.com, as far as we ask it. */
function answerCall(trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const { pathname, hostname } = new URL(request.url);
    if (hostname !== "api-m.paypal.com") throw new Error(`${hostname} was called`);
    if (pathname === "/v1/oauth2/token") {
      const basic = btoa(`${CREDENTIALS.client_id}:${CREDENTIALS.client_secret}`);
      return request.headers.get("authorization") === `Basic ${basic}`
        ? jsonResponse({ access_token: "A21AA-token", expires_in: 32_400 })
        : jsonResponse({ error: "invalid_client" }, 401);
    }
    if (request.headers.get("authorization") !== "Bearer A21AA-token") {
      return jsonResponse({ error: "invalid_token" }, 401);
    }
    if (pathname.endsWith("/refund")) {
      if (trade.refund === "refused") {
        const details = [{ issue: "CAPTURE_FULLY_REFUNDED" }];
        return jsonResponse({ name: "UNPROCESSABLE_ENTITY", details }, 422);
      }
      const { amount } = JSON.parse(await textOf(request)) as { amount: object };
      const custom_id = trade.answersFor ?? trade.orderRef;
      return jsonResponse({ id: "1JU08902781691411", status: "COMPLETED", custom_id, amount }, 201);
    }
    if (pathname === "/v2/checkout/orders") {
      return jsonResponse(orderOf(trade, "PAYER_ACTION_REQUIRED"), 201);
    }
    if (trade.state === "unknown") return jsonResponse({ name: "RESOURCE_NOT_FOUND" }, 404);
    const states = {
      paid: orderOf(trade, "COMPLETED", captureOf(trade)),
      refunded: orderOf(trade, "COMPLETED", captureOf(trade, { status: "REFUNDED" })),
      pending: orderOf(trade, "PAYER_ACTION_REQUIRED"),
      closed: orderOf(trade, "VOIDED"),
    };
    return jsonResponse(states[trade.state]);
  };
}

function refundTold({ tradeNo, orderRef }: NoticeFacts): object {
  return {
    id: "1JU08902781691411",
    status: "COMPLETED",
    custom_id: orderRef,
    amount: { currency_code: "USD", value: "3.00" },
    links: [{ rel: "up", href: `https://api.paypal.com/v2/payments/captures/${tradeNo}` }],
  };
}

function disputeOf(facts: NoticeFacts, dispute_outcome?: object): object {
  return {
    dispute_id: "PP-D-1",
    dispute_amount: amountOf(facts),
    disputed_transactions: [{ seller_transaction_id: facts.tradeNo, custom: facts.orderRef }],
    dispute_outcome,
  };
}

gatewayContract(
  "PayPal",
  () => ({
    make: paypal,
    readingWorld,
    paid: (facts) => signed(completed(facts)),
    notPaid: (facts) =>
      signed(eventOf("PAYMENT.CAPTURE.PENDING", captureOf(facts, { status: "PENDING" }))),
    refunded: (facts) => signed(eventOf("PAYMENT.CAPTURE.REFUNDED", refundTold(facts))),
    disputed: (facts) => signed(eventOf("CUSTOMER.DISPUTE.CREATED", disputeOf(facts))),
    forged: (facts) => signed(completed(facts), { keys: stranger }),
    altered: alteredNotices,
    calls: {
      answer: answerCall,
      reference: PAYPAL_ORDER,
      signsAnswers: false,
      namesOrderIn: ["open", "query", "refund"],
      states: ["paid", "pending", "closed", "unknown", "refunded"],
      refundIdOf: async (request) =>
        new URL(request.url).pathname.endsWith("/refund")
          ? request.headers.get("paypal-request-id")
          : null,
    },
  }),
  PAYPAL_FACTS,
);

describe("PayPal's signature", () => {
  test.each([
    ["123456789", 0xcbf43926],
    ["", 0],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("counts the CRC-32 of %j as the standard does", (text, expected) => {
    expect(crc32(new TextEncoder().encode(text))).toBe(expected);
  });

  test.each([
    ["another host", "https://evil.example/v1/notifications/certs/CERT-1"],
    ["a host that ends alike", "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1"],
    ["a host before it", "https://evil.example#api.paypal.com/v1/notifications/certs/CERT-1"],
    ["a user before it", "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1"],
    ["plain http", "http://api.paypal.com/v1/notifications/certs/CERT-1"],
    ["another path there", "https://api.paypal.com/v2/other/CERT-1"],
    ["a path that climbs", "https://api.paypal.com/v1/notifications/certs/../../x"],
    ["a query", "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1"],
    ["its test environment", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"],
  ])("by a certificate at %s is refused, and nobody is asked", async (_, certificate) => {
    const notice = await signed(completed(PAYPAL_FACTS), { certificate });
    expect(await paypal().read(notice)).toEqual({ kind: "invalid", check: "signature" });
  });

  test("for another webhook is refused", async () => {
    const notice = await signed(completed(PAYPAL_FACTS), { webhookId: "0JE4291016473214C" });
    const reading = await paypal(readingWorld()).read(notice);
    expect(reading).toEqual({ kind: "invalid", check: "signature" });
  });

  test("asks for a certificate once", async () => {
    let asked = 0;
    const gateway = paypal(
      worldWith((request) => {
        asked++;
        return certificates(request);
      }),
    );
    const notice = await signed(completed(PAYPAL_FACTS));
    await gateway.read(notice);
    await gateway.read(notice);
    expect(asked).toBe(1);
  });

  test("whose certificate cannot be had now is to come again", async () => {
    const notice = await signed(completed(PAYPAL_FACTS));
    for (const answer of [new Response("busy", { status: 503 }), new Response("<html>")]) {
      const reading = await paypal(worldWith(() => answer)).read(notice);
      expect(reading.kind).toBe("unavailable");
    }
  });

  const readBy = async (served: string | Promise<string>, nowMs = NOW_MS) => {
    const pem = await served;
    const world = { ...worldWith(() => new Response(pem)), clock: { nowMs: () => nowMs } };
    return paypal(world).read(await signed(completed(PAYPAL_FACTS)));
  };
  const paid = { kind: "paid" };
  const notUnderstood = { kind: "unavailable", reason: "not_understood" };
  const refused = { kind: "invalid", check: "signature" };

  test.each([
    ["a chain of three", chain],
    ["a certificate alone", certificateChain(theirs, { served: 1 })],
    ["that of the test environment's name", certificateChain(theirs, { name: SANDBOX_NAME })],
  ])("by %s of PayPal's is genuine", async (_, served) => {
    expect(await readBy(served)).toMatchObject(paid);
  });

  test.each([
    ["a bare key", theirs.publicPem],
    ["a certificate in another's name", certificateChain(theirs, { name: "x.example" })],
    [
      "a name that only begins like PayPal's",
      certificateChain(theirs, { name: `${LIVE_NAME}.evil.example` }),
    ],
    ["a chain that somebody else's key made", certificateChain(theirs, { signer: stranger })],
    ["a chain of one that may issue none", certificateChain(theirs, { issues: false })],
    ["a certificate cut short", chain.slice(0, 900)],
    ["an elliptic key", ellipticCertificate],
    ["too many", chain.repeat(4)],
  ])("by %s is believed by nobody, and PayPal is to send it again", async (_, served) => {
    expect(await readBy(served)).toMatchObject(notUnderstood);
  });

  test.each([
    ["before its certificate begins", NOW_MS - 40 * DAY_MS],
    ["after its certificate has ended", NOW_MS + 400 * DAY_MS],
  ])("%s is refused", async (_, nowMs) => {
    expect(await readBy(chain, nowMs)).toMatchObject(refused);
  });

  test("by a chain of which a link has ended is refused", async () => {
    const ended = await certificateChain(theirs, { issuerUntilMs: NOW_MS - DAY_MS });
    expect(await readBy(ended)).toMatchObject(refused);
  });

  test("is held against the moment at which it came, when it is read again", async () => {
    const world = { ...readingWorld(), clock: { nowMs: () => NOW_MS + 400 * DAY_MS } };
    const notice = { ...(await signed(completed(PAYPAL_FACTS))), receivedAtMs: NOW_MS };
    expect(await paypal(world).read(notice)).toMatchObject(paid);
  });

  test("is checked for each of many that come before the first certificate is here", async () => {
    const gateway = paypal(readingWorld());
    const notice = await signed(completed(PAYPAL_FACTS));
    const readings = await Promise.all(Array.from({ length: 100 }, () => gateway.read(notice)));
    expect(new Set(readings.map(({ kind }) => kind))).toEqual(new Set(["paid"]));
  });

  test("asks once for what is no certificate, however many name it", async () => {
    let asked = 0;
    const gateway = paypal(
      worldWith(() => {
        asked++;
        return new Response("not found", { status: 404 });
      }),
    );
    const notice = await signed({});
    for (let i = 0; i < 20; i++) expect((await gateway.read(notice)).kind).toBe("unavailable");
    expect(asked).toBe(1);
  });

  test("makes no flood of fetches of a flood of forged notices", async () => {
    let asked = 0;
    const gateway = paypal(
      worldWith(() => {
        asked++;
        return new Response("not found", { status: 404 });
      }),
    );
    for (let i = 0; i < 100; i++) {
      await gateway.read(await signed({}, { certificate: `${CERTIFICATE}-${i}` }));
    }
    expect(asked).toBeLessThan(30);
  });
});

describe("PayPal's event", () => {
  const read = async (event: object) => paypal(readingWorld()).read(await signed(event));
  const { tradeNo, orderRef, money } = PAYPAL_FACTS;
  const about = { tradeNo, orderRef };

  test("of an approval is no money yet: it is to be taken", async () => {
    const resource = { id: PAYPAL_ORDER, purchase_units: [{ custom_id: orderRef }] };
    expect(await read(eventOf("CHECKOUT.ORDER.APPROVED", resource))).toEqual({
      kind: "approved",
      tradeNo: PAYPAL_ORDER,
      orderRef,
    });
  });

  test("of a refund leads to the capture that went back", async () => {
    const resource = refundTold(PAYPAL_FACTS);
    expect(await read(eventOf("PAYMENT.CAPTURE.REFUNDED", resource))).toEqual({
      kind: "refunded",
      ...about,
      refundNo: "1JU08902781691411",
      money: { amountMinor: 300, currency: "USD" },
    });
    const ours = { ...resource, invoice_id: "rfd_ours" };
    expect(await read(eventOf("PAYMENT.CAPTURE.REFUNDED", ours))).toMatchObject({
      refundNo: "1JU08902781691411",
      refundId: "rfd_ours",
    });
  });

  test.each([
    ["CUSTOMER.DISPUTE.CREATED", undefined, "opened"],
    ["CUSTOMER.DISPUTE.RESOLVED", { outcome_code: "RESOLVED_BUYER_FAVOUR" }, "lost"],
    ["CUSTOMER.DISPUTE.RESOLVED", { outcome_code: "RESOLVED_SELLER_FAVOUR" }, "won"],
    ["CUSTOMER.DISPUTE.RESOLVED", { outcome_code: "CANCELED_BY_BUYER" }, "won"],
  ])("%s (%o) is a dispute that is %s", async (type, dispute_outcome, state) => {
    const resource = disputeOf(PAYPAL_FACTS, dispute_outcome);
    const expected = { kind: "disputed", ...about, disputeNo: "PP-D-1", state, money };
    const words = { saidAtMs: 0, reason: null, evidenceDueAtMs: null };
    expect(await read(eventOf(type, resource))).toEqual({ ...expected, ...words });
    const why = { reason: "UNAUTHORISED", seller_response_due_date: "2027-01-15T08:00:00.000Z" };
    const event = eventOf(type, { ...resource, ...why });
    expect(await read({ ...event, create_time: "2027-01-01T00:00:00.5Z" })).toEqual({
      ...expected,
      saidAtMs: Date.UTC(2027, 0, 1) + 500,
      reason: "UNAUTHORISED",
      evidenceDueAtMs: Date.UTC(2027, 0, 15, 8),
    });
  });

  test.each([
    ["of another's payment is ignored", { custom_id: undefined }, { kind: "ignored" }],
    [
      "in a currency that we do not know is refused",
      { amount: { currency_code: "BRL", value: "1.00" } },
      { kind: "invalid", check: "amount" },
    ],
    [
      "in another currency is told as it came",
      { amount: { currency_code: "EUR", value: "12.34" } },
      { kind: "paid", money: { currency: "EUR" } },
    ],
    [
      "of a sum with too many digits is refused",
      { amount: { currency_code: "USD", value: "12.345" } },
      { kind: "invalid", check: "amount" },
    ],
  ])("%s", async (_, changes, expected) => {
    expect(await read(completed(PAYPAL_FACTS, changes))).toMatchObject(expected);
  });

  test("that concerns no order is ignored", async () => {
    expect((await read(eventOf("BILLING.PLAN.CREATED", {}))).kind).toBe("ignored");
  });
});

describe("PayPal, asked", () => {
  const approved = { tradeNo: PAYPAL_ORDER, orderRef: PAYPAL_FACTS.orderRef };

  test("to take what was approved, names the act, and is answered with the money", async () => {
    const ids: (string | null)[] = [];
    const world = worldWith((request) => {
      if (request.url.endsWith("/capture")) ids.push(request.headers.get("paypal-request-id"));
      return answerCall(tradeFacts(PAYPAL_FACTS))(request);
    });
    const gateway = paypal(world);
    const paid = { kind: "paid", tradeNo: PAYPAL_FACTS.tradeNo, money: PAYPAL_FACTS.money };
    expect(await gateway.settle?.(approved)).toMatchObject(paid);
    expect(await gateway.settle?.(approved)).toMatchObject(paid);
    expect(ids[0]).toMatch(new RegExp(`^capture-${PAYPAL_ORDER}-\\d+$`));
    expect(ids[1]).toBe(ids[0]);
  });

  test("to take what another card is approved for, asks anew and not for the card that was declined", async () => {
    const answered = new Map<string, Response>();
    let nowMs = NOW_MS;
    let card = "declined";
    const details = [{ issue: "INSTRUMENT_DECLINED" }];
    const world = {
      ...worldWith(async (request) => {
        if (!request.url.endsWith("/capture")) return answerCall(tradeFacts(PAYPAL_FACTS))(request);
        // As PayPal does: an id that it knows is answered with what came of it.
        const id = request.headers.get("paypal-request-id") ?? "";
        const known = answered.get(id)?.clone();
        if (known !== undefined) return known;
        const answer =
          card === "declined"
            ? jsonResponse({ name: "UNPROCESSABLE_ENTITY", details }, 422)
            : await answerCall(tradeFacts(PAYPAL_FACTS))(request);
        answered.set(id, answer.clone());
        return answer;
      }),
      clock: { nowMs: () => nowMs },
    };
    const gateway = paypal(world);
    expect(await gateway.settle?.(approved)).toEqual({ kind: "pending" });
    card = "taken";
    expect(await gateway.settle?.(approved)).toEqual({ kind: "pending" });
    nowMs += 300_000;
    expect(await gateway.settle?.(approved)).toMatchObject({ kind: "paid" });
  });

  test("to take what the account may not, is a matter of credentials and not of the buyer", async () => {
    const world = worldWith((request) => {
      if (!request.url.endsWith("/capture")) return answerCall(tradeFacts(PAYPAL_FACTS))(request);
      const details = [{ issue: "PERMISSION_DENIED" }];
      return jsonResponse({ name: "NOT_AUTHORIZED", details }, 403);
    });
    expect(await paypal(world).settle?.(approved)).toMatchObject({ reason: "credentials" });
  });

  test("about a payment of which a part went back, tells the payment", async () => {
    const part = captureOf(PAYPAL_FACTS, { status: "PARTIALLY_REFUNDED" });
    const world = worldWith((request) =>
      request.method === "GET"
        ? jsonResponse(orderOf(tradeFacts(PAYPAL_FACTS), "COMPLETED", part))
        : answerCall(tradeFacts(PAYPAL_FACTS))(request),
    );
    const status = await paypal(world).query(questionOf(PAYPAL_FACTS, PAYPAL_ORDER));
    expect(status).toMatchObject({ kind: "paid", money: PAYPAL_FACTS.money });
  });

  test("to take what was taken already, answers what was taken", async () => {
    const world = worldWith((request) => {
      if (!request.url.endsWith("/capture")) return answerCall(tradeFacts(PAYPAL_FACTS))(request);
      const details = [{ issue: "ORDER_ALREADY_CAPTURED" }];
      return jsonResponse({ name: "UNPROCESSABLE_ENTITY", details }, 422);
    });
    expect(await paypal(world).settle?.(approved)).toMatchObject({ kind: "paid" });
  });

  test("to take what the buyer's bank refuses, waits for the buyer", async () => {
    const world = worldWith((request) => {
      if (!request.url.endsWith("/capture")) return answerCall(tradeFacts(PAYPAL_FACTS))(request);
      const details = [{ issue: "INSTRUMENT_DECLINED" }];
      return jsonResponse({ name: "UNPROCESSABLE_ENTITY", details }, 422);
    });
    expect(await paypal(world).settle?.(approved)).toEqual({ kind: "pending" });
  });

  test("about an approval whose notice was lost, takes the money then", async () => {
    const world = worldWith((request) => {
      if (request.method === "GET") {
        return jsonResponse(orderOf(tradeFacts(PAYPAL_FACTS), "APPROVED"));
      }
      return answerCall(tradeFacts(PAYPAL_FACTS))(request);
    });
    const status = await paypal(world).query(questionOf(PAYPAL_FACTS, PAYPAL_ORDER));
    expect(status).toMatchObject({ kind: "paid", tradeNo: PAYPAL_FACTS.tradeNo });
  });

  test("asks for one token for many calls, and for another where it has ended", async () => {
    let tokens = 0;
    let ended = false;
    const gateway = paypal(
      worldWith((request) => {
        if (request.url.endsWith("/token")) tokens++;
        else if (ended) return jsonResponse({ error: "invalid_token" }, 401);
        return answerCall(tradeFacts(PAYPAL_FACTS))(request);
      }),
    );
    const question = questionOf(PAYPAL_FACTS, PAYPAL_ORDER);
    await gateway.query(question);
    await gateway.query(question);
    expect(tokens).toBe(1);
    ended = true;
    expect(await gateway.query(question)).toMatchObject({ reason: "credentials" });
    ended = false;
    expect((await gateway.query(question)).kind).toBe("paid");
    expect(tokens).toBe(2);
  });

  test("for a currency that it has not asks nobody", async () => {
    const money = { amountMinor: 100, currency: "CNY" } as const;
    expect((await paypal().open({ ...requestOf(PAYPAL_FACTS), money })).kind).toBe("refused");
  });

  test("refunds a part", async () => {
    const money = { amountMinor: 34, currency: "USD" } as const;
    const world = worldWith(answerCall(tradeFacts(PAYPAL_FACTS)));
    expect(await paypal(world).refund(refundOf(PAYPAL_FACTS, { money }))).toMatchObject({
      kind: "done",
      refundNo: "1JU08902781691411",
    });
  });
});
