import { describe, expect, test } from "vitest";
import type { GatewayWorld } from "../../../src/adapters/payments/gateway.ts";
import type { Money } from "../../../src/domain/money.ts";
import type { OrderId } from "../../../src/domain/ids.ts";
import type {
  GatewayCapabilities,
  NoticeReading,
  PaymentGateway,
  PaymentQuestion,
  PaymentRequest,
  RawNotice,
  RefundRequest,
} from "../../../src/flows/payments/payment-ports.ts";
import { inboxLaws } from "./inbox-laws.ts";
import { MANNERS, silentWorld, worldOfRude, worldWith, type OtherSide } from "./gateway-world.ts";

/** What a notice of any gateway is about. */
export interface NoticeFacts {
  readonly orderRef: string;
  readonly tradeNo: string;
  readonly money: Money;
}

/** What the other side knows of the one order that the tests ask about. */
export interface TradeFacts extends NoticeFacts {
  readonly state: "paid" | "pending" | "closed" | "unknown" | "refunded";
  /** How it takes a refund. */
  readonly refund: "done" | "refused";
  /** It answers well-formed and signed, about this order instead of the one it was asked for. */
  readonly answersFor: string | null;
  /** Its answers were altered on the way, where it signs them. */
  readonly forged: boolean;
}

/** A gateway with its other side: what each adapter's tests supply. */
export interface GatewayUnderTest {
  readonly make: (world: GatewayWorld) => PaymentGateway;
  /** What there is to be asked while a notice is read; nobody, unless it is said here. */
  readonly readingWorld?: () => GatewayWorld;
  /** Genuine, for this account, saying that the money is there. */
  paid(facts: NoticeFacts): Promise<RawNotice>;
  /** Genuine, saying that it is not; null where the gateway has no such notice. */
  readonly notPaid: ((facts: NoticeFacts) => Promise<RawNotice>) | null;
  /** Genuine, saying that a part went back, or that the buyer wants it back; absent where nobody tells. */
  readonly refunded?: (facts: NoticeFacts) => Promise<RawNotice>;
  readonly disputed?: (facts: NoticeFacts) => Promise<RawNotice>;
  /** Like `paid`, signed with another account's secret. */
  forged(facts: NoticeFacts): Promise<RawNotice>;
  /** The same notice with one thing altered, each in its own way, after it was signed. */
  altered(notice: RawNotice): readonly RawNotice[];
  /** The gateway's side of our calls; null where we make none. */
  readonly calls: Calls | null;
}

export interface Calls {
  readonly answer: (facts: TradeFacts) => OtherSide;
  /** What `query` needs to be told, as `open` would have answered it. */
  readonly reference?: string;
  readonly signsAnswers: boolean;
  /** Which calls answer with the order's number, so that another order's answer can be told. */
  readonly namesOrderIn: readonly ("open" | "query" | "refund")[];
  /** States that the gateway can tell apart from others. */
  readonly states: readonly TradeFacts["state"][];
  /** Where a request of ours that refunds carries our number; null where the gateway takes none. */
  readonly refundIdOf: ((request: Request) => Promise<string | null>) | null;
}

export const FACTS: NoticeFacts = {
  orderRef: "ord_000001abcdefghjkmnpqrstvwxyz",
  tradeNo: "2026112214000000001",
  money: { amountMinor: 1234, currency: "CNY" },
};

export function requestOf(facts: NoticeFacts): PaymentRequest {
  return {
    orderId: facts.orderRef as OrderId,
    title: "入门密钥 & more",
    money: facts.money,
    expiresAtMs: null,
    notifyUrl: "https://shop.example.com/payments/acct_x/notify",
    returnUrl: `https://shop.example.com/orders/${facts.orderRef}`,
    buyer: { device: "desktop", ip: "203.0.113.9", openId: null },
  };
}

export function questionOf(facts: NoticeFacts, reference: string | null = null): PaymentQuestion {
  return { orderId: facts.orderRef as OrderId, money: facts.money, reference };
}

export function refundOf(facts: NoticeFacts, changes: Partial<RefundRequest> = {}): RefundRequest {
  return {
    refundId: "rfd_000001abcdefghjkmnpqrstvwxyz",
    orderId: facts.orderRef as OrderId,
    tradeNo: facts.tradeNo,
    reference: null,
    paid: facts.money,
    money: facts.money,
    reason: "does not work",
    notifyUrl: "https://shop.example.com/payments/acct_x/notify",
    ...changes,
  };
}

export function tradeFacts(facts: NoticeFacts, changes: Partial<TradeFacts> = {}): TradeFacts {
  return { ...facts, state: "paid", refund: "done", answersFor: null, forged: false, ...changes };
}

/**
 * The laws of every gateway. A new adapter is held to them before it has tests of its own. `facts`:
 * where a gateway cannot charge in CNY or has numbers of another form.
 */
export function gatewayContract(
  name: string,
  prepare: () => GatewayUnderTest,
  facts: NoticeFacts = FACTS,
): void {
  describe(`${name}, as every gateway`, () => {
    noticeLaws(prepare, facts);
    inboxLaws(prepare, facts);
    const { calls, make } = prepare();
    if (calls !== null) callLaws(make, calls, facts);
    else silenceLaws(make, facts);
  });
}

function noticeLaws(prepare: () => GatewayUnderTest, facts: NoticeFacts): void {
  const setUp = () => {
    const subject = prepare();
    return { ...subject, gateway: subject.make(subject.readingWorld?.() ?? silentWorld()) };
  };

  test("reads a genuine paid notice exactly", async () => {
    const { gateway, paid } = setUp();
    expect(await gateway.read(await paid(facts))).toEqual({ kind: "paid", ...facts });
  });

  test("reads the same notice the same way twice", async () => {
    const { gateway, paid } = setUp();
    const notice = await paid(facts);
    expect(await gateway.read(notice)).toEqual(await gateway.read(notice));
  });

  test("tells a sum that is off by the smallest unit as it came", async () => {
    const { gateway, paid } = setUp();
    for (const by of [-1, 1]) {
      const money = { ...facts.money, amountMinor: facts.money.amountMinor + by };
      expect(await gateway.read(await paid({ ...facts, money }))).toMatchObject({ money });
    }
  });

  test("does not take a notice that says not paid for money", async () => {
    const { gateway, notPaid } = setUp();
    if (notPaid === null) return;
    const reading = await gateway.read(await notPaid(facts));
    expect(["not_paid", "ignored"]).toContain(reading.kind);
  });

  test("believes nothing that another account signed", async () => {
    const { gateway, forged } = setUp();
    expect(await gateway.read(await forged(facts))).toEqual(invalid("signature"));
  });

  test("believes nothing that was altered after it was signed", async () => {
    const { gateway, paid, altered } = setUp();
    const notices = altered(await paid(facts));
    expect(notices.length).toBeGreaterThan(5);
    const readings = await Promise.all(notices.map((notice) => gateway.read(notice)));
    for (const reading of readings) expect(reading.kind).toBe("invalid");
  });

  test("refuses an empty notice without throwing", async () => {
    const { gateway } = setUp();
    for (const method of ["GET", "POST"] as const) {
      const empty = { method, query: "", contentType: null, body: new Uint8Array(0) };
      const reading = await gateway.read({ ...empty, headers: new Map() });
      expect(reading.kind).toBe("invalid");
    }
  });

  test("says different things when it accepts and when it does not", () => {
    const { accepted, rejected } = setUp().gateway.answers;
    expect(accepted.status).toBeLessThan(300);
    expect(rejected.status).toBeGreaterThanOrEqual(400);
    expect(accepted.body).not.toBe(rejected.body);
  });
}

/** A gateway that makes no calls says so, and keeps its word. */
function silenceLaws(make: GatewayUnderTest["make"], facts: NoticeFacts): void {
  test("makes no call and says that it can do nothing by one", async () => {
    const gateway = make(silentWorld());
    expect(gateway.capabilities).toMatchObject({ opensByCall: false, query: false });
    expect((await gateway.open(requestOf(facts))).kind).toBe("opened");
    expect(await gateway.query(questionOf(facts))).toEqual({ kind: "unsupported" });
    expect(await gateway.refund(refundOf(facts))).toEqual({ kind: "unsupported" });
  });
}

type Verb = "open" | "query" | "refund";

function callLaws(make: GatewayUnderTest["make"], calls: Calls, facts: NoticeFacts): void {
  const { capabilities } = make(silentWorld());
  const reference = calls.reference ?? null;
  const run = (verb: Verb, world: GatewayWorld) => {
    const gateway = make(world);
    if (verb === "open") return gateway.open(requestOf(facts));
    if (verb === "query") return gateway.query(questionOf(facts, reference));
    return gateway.refund(refundOf(facts, { reference }));
  };
  const told = (changes: Partial<TradeFacts>) =>
    worldWith(calls.answer(tradeFacts(facts, changes)));
  const verbs = verbsOf(capabilities);

  test("opens the payment, and sends the buyer there and nowhere else", async () => {
    const opening = await run("open", told({ state: "pending" }));
    if (opening.kind !== "opened") throw new Error(JSON.stringify(opening));
    expect(capabilities.actions).toContain("action" in opening ? opening.action.action : null);
  });

  if (capabilities.query) {
    test.each(calls.states)("says of a payment that is %s just that", async (state) => {
      const status = await run("query", told({ state }));
      expect(status).toMatchObject(expectedStatus(state, facts));
    });
  } else {
    test("cannot be asked, and says so", async () => {
      expect(await run("query", silentWorld())).toEqual({ kind: "unsupported" });
    });
  }

  if (capabilities.refund === "none") {
    test("cannot send money back, and says so", async () => {
      expect(await run("refund", silentWorld())).toEqual({ kind: "unsupported" });
    });
  } else {
    refundLaws(run, told, calls, facts);
  }

  const cases = verbs.flatMap((verb) =>
    MANNERS.filter(([manner]) => verb === verbs[0] || !manner.startsWith("drop")).map(
      ([manner, reason]) => ({ verb, manner, reason }),
    ),
  );
  // A connection that breaks looks the same to every call, and workerd writes a page about each.
  test.each(cases)("$verb of a gateway that does $manner is unavailable ($reason)", async (bad) => {
    const outcome = await run(bad.verb, worldOfRude(bad.manner));
    expect(outcome).toMatchObject({ kind: "unavailable", reason: bad.reason });
  });

  const named = verbs.filter((verb) => calls.namesOrderIn.includes(verb));
  test.each(named)("%s believes no answer about another order", async (verb) => {
    const answersFor = "ord_000001zzzzzzzzzzzzzzzzzzzzzz";
    const outcome = await run(
      verb,
      told({ answersFor, state: verb === "open" ? "pending" : "paid" }),
    );
    expect(outcome).toMatchObject({ kind: "unavailable", reason: "other_order" });
  });

  if (calls.signsAnswers) {
    test.each(verbs)("%s believes no answer that was altered on the way", async (verb) => {
      const outcome = await run(verb, told({ forged: true }));
      expect(outcome).toMatchObject({ kind: "unavailable", reason: "signature" });
    });
  }
}

function refundLaws(
  run: (verb: Verb, world: GatewayWorld) => Promise<{ kind: string }>,
  told: (changes: Partial<TradeFacts>) => GatewayWorld,
  { refundIdOf, answer }: Calls,
  facts: NoticeFacts,
): void {
  test("sends money back where the gateway takes the refund", async () => {
    expect(["done", "pending"]).toContain((await run("refund", told({}))).kind);
  });

  test("says why where the gateway refuses", async () => {
    const outcome = await run("refund", told({ refund: "refused" }));
    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringMatching(/\S/) });
  });

  if (refundIdOf !== null) {
    test("names the refund the same at every try, so that the gateway makes one", async () => {
      const seen: (string | null)[] = [];
      const listening = worldWith(async (request) => {
        const id = await refundIdOf(request.clone());
        if (id !== null) seen.push(id);
        return answer(tradeFacts(facts))(request);
      });
      await run("refund", listening);
      await run("refund", listening);
      expect(seen).toHaveLength(2);
      expect(new Set(seen).size).toBe(1);
    });
  }
}

function verbsOf({ opensByCall, query, refund }: GatewayCapabilities): Verb[] {
  const verbs: [Verb, boolean][] = [
    ["open", opensByCall],
    ["query", query],
    ["refund", refund !== "none"],
  ];
  return verbs.filter(([, can]) => can).map(([verb]) => verb);
}

function expectedStatus(state: TradeFacts["state"], { tradeNo, money }: NoticeFacts): object {
  if (state === "paid") return { kind: "paid", tradeNo, money };
  if (state === "refunded") return { kind: "refunded", tradeNo };
  return { kind: state };
}

function invalid(check: Extract<NoticeReading, { kind: "invalid" }>["check"]): NoticeReading {
  return { kind: "invalid", check };
}
