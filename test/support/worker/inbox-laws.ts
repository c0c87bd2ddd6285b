import { expect, test } from "vitest";
import type { ProductStockRpc } from "../../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../../durable-objects/product-stock/payment-contract.ts";
import type { DisputeTold } from "../../../src/domain/payments/dispute.ts";
import type { AccountId, MerchantId } from "../../../src/domain/ids.ts";
import { sameMoney } from "../../../src/domain/money.ts";
import type { NoticeEntry } from "../../../src/domain/payments/notice-row.ts";
import { failedCheck } from "../../../src/domain/payments/notice.ts";
import type { Payment } from "../../../src/domain/payments/payment.ts";
import { unpackNotice, packNotice } from "../../../src/domain/payments/raw-notice.ts";
import { settingsOf } from "../../../src/domain/settings/shop-settings.ts";
import { showNotice } from "../../../src/domain/payments/shown-notice.ts";
import { acceptPayment } from "../../../src/flows/payments/accept-payment.ts";
import type { RawNotice } from "../../../src/flows/payments/payment-ports.ts";
import { nobodysDispute } from "../node/nobodys-dispute.ts";
import type { GatewayUnderTest, NoticeFacts } from "./gateway-contract.ts";
import { NOW_MS, silentWorld } from "./gateway-world.ts";

type Tell = (subject: GatewayUnderTest, facts: NoticeFacts) => Promise<RawNotice | null>[];

/** What is told, in order, and what the inbox shows of the last: its verdict, what failed, who must look. */
const CASES: readonly (readonly [
  what: string,
  tell: Tell,
  verdict: string | RegExp,
  failed: string | null,
  attention: boolean,
])[] = [
  ["paid", (g, f) => [g.paid(f)], "delivered", null, false],
  ["paid, twice", (g, f) => [g.paid(f), g.paid(f)], "delivered", null, false],
  ["paid, a unit too little", (g, f) => [g.paid(by(f, -1))], "mismatch", "amount", true],
  ["paid, a unit too much", (g, f) => [g.paid(by(f, 1))], "mismatch", "amount", true],
  [
    "paid, then another sum under the same number",
    (g, f) => [g.paid(f), g.paid(by(f, 1))],
    "mismatch",
    "amount",
    true,
  ],
  [
    "paid again under another number",
    (g, f) => [g.paid(f), g.paid({ ...f, tradeNo: another(f.tradeNo) })],
    "surplus",
    "object",
    true,
  ],
  [
    "paid, of an order that nobody has",
    (g, f) => [g.paid({ ...f, orderRef: "ord_000001zzzzzzzzzzzzzzzzzzzzzz" })],
    "unmatched",
    "order",
    true,
  ],
  [
    "paid, of something that is no order of ours",
    (g, f) => [g.paid({ ...f, orderRef: "20160806151343349" })],
    "unmatched",
    "order",
    true,
  ],
  ["forged", (g, f) => [g.forged(f)], "refused_signature", "signature", false],
  ["forged, then genuine", (g, f) => [g.forged(f), g.paid(f)], "delivered", null, false],
  ["not paid", (g, f) => [told(g.notPaid, f)], /^(not_paid|ignored)$/, "status|order", false],
  ["not paid, then paid", (g, f) => [told(g.notPaid, f), g.paid(f)], "delivered", null, false],
  ["refunded before it is paid", (g, f) => [told(g.refunded, f)], "refunded", null, true],
  [
    "refunded, then paid after all",
    (g, f) => [told(g.refunded, f), g.paid(f)],
    "delivered",
    null,
    false,
  ],
  ["paid, then refunded", (g, f) => [g.paid(f), told(g.refunded, f)], "refunded", null, true],
  ["paid, then disputed", (g, f) => [g.paid(f), told(g.disputed, f)], /^dispute_/, null, true],
];

const told = async (
  tell: ((facts: NoticeFacts) => Promise<RawNotice>) | null | undefined,
  facts: NoticeFacts,
) => (tell ? tell(facts) : null);

function by(facts: NoticeFacts, amountMinor: number): NoticeFacts {
  const money = { ...facts.money, amountMinor: facts.money.amountMinor + amountMinor };
  return { ...facts, money };
}

/** As long, and of the same letters. */
const another = (tradeNo: string) => `${tradeNo.slice(0, -1)}${tradeNo.endsWith("7") ? "8" : "7"}`;

/** What the inbox shows of everything that a gateway may tell, whichever gateway it is. */
export function inboxLaws(prepare: () => GatewayUnderTest, facts: NoticeFacts): void {
  const tells = (what: string, subject: GatewayUnderTest) =>
    (!what.includes("not paid") || subject.notPaid !== null) &&
    (!what.includes("refunded") || subject.refunded !== undefined) &&
    (!what.includes("disputed") || subject.disputed !== undefined);
  const cases = CASES.filter(([what]) => tells(what, prepare()));
  test.each(cases)("the inbox has it: %s", async (_, tell, verdict, failed, attention) => {
    const subject = prepare();
    const notices = await Promise.all(tell(subject, facts));
    const inbox = inboxOf(subject, facts);
    for (const notice of notices) if (notice !== null) await inbox.receive(notice);
    const entry = inbox.entries.at(-1);
    expect(entry?.verdict).toMatch(verdict);
    expect((failed ?? "null").split("|")).toContain(String(failedCheck(entry?.checks ?? [])));
    expect(entry?.attention).toBe(attention);
    expect(inbox.delivered()).toBeLessThanOrEqual(1);
  });

  test("the inbox has the same notice under the same name, and another under another", async () => {
    const subject = prepare();
    const inbox = inboxOf(subject, facts);
    const other = { ...facts, tradeNo: another(facts.tradeNo) };
    for (const each of [facts, facts, other]) await inbox.receive(await subject.paid(each));
    const names = inbox.entries.map(
      ({ tradeNo, orderRef, says }) => `${tradeNo} ${orderRef} ${says}`,
    );
    expect(new Set(names).size).toBe(2);
  });

  test("a kept notice is read again as it was, and shown without its buyer", async () => {
    const subject = prepare();
    const gateway = gatewayOf(subject);
    const notice = await subject.paid(facts);
    const kept = unpackNotice(packNotice(notice, NOW_MS, 24_000) ?? "");
    expect(await gateway.read(kept)).toEqual(await gateway.read(notice));
    const shown = JSON.stringify(showNotice(kept));
    expect(shown).not.toMatch(/buyer_id=\d|ciphertext":"[^*]/);
  });
}

function gatewayOf(subject: GatewayUnderTest) {
  return subject.make(subject.readingWorld?.() ?? silentWorld());
}

/** An inbox before the gateway, and an object with one order, of exactly that sum. */
function inboxOf(subject: GatewayUnderTest, facts: NoticeFacts) {
  const entries: NoticeEntry[] = [];
  const payments = new Map<string, PaymentRecord>();
  const account = {
    id: "acct_one" as AccountId,
    merchantId: "mer_one" as MerchantId,
    gateway: gatewayOf(subject),
  };
  const isDelivered = () => [...payments.values()].some(({ verdict }) => verdict === "delivered");

  function judge({ orderId, tradeNo, money }: Payment): PaymentRecord {
    if (orderId !== facts.orderRef) return { verdict: "unknown_order", firstVerdict: null };
    const unfit = sameMoney(money, facts.money) ? {} : ({ unfit: "amount" } as const);
    const first = payments.get(tradeNo)?.firstVerdict;
    if (first) return { verdict: "already", firstVerdict: first, ...unfit };
    const fits = isDelivered() ? "surplus" : "delivered";
    const verdict = "unfit" in unfit ? "mismatch" : fits;
    const record = { verdict, firstVerdict: verdict, ...unfit } as const;
    payments.set(tradeNo, record);
    return record;
  }

  const stock = {
    order: () => Promise.resolve(null),
    recordPayments: async (reports: PaymentReport[]) =>
      reports.map(({ payment }) => judge(payment)),
  } as unknown as ProductStockRpc;
  const keep = (entry: NoticeEntry) => void entries.push(entry);
  const ports = {
    stock: { of: () => stock },
    notices: { keep: async (entry: NoticeEntry) => keep(entry), keepLater: keep },
    disputes: {
      tell: async (dispute: DisputeTold) => nobodysDispute(dispute),
      heard: () => Promise.resolve(),
    },
    trades: { takenBy: () => Promise.resolve([null]) },
    clock: { nowMs: () => NOW_MS },
    shopSettings: () => Promise.resolve(settingsOf({})),
    audit: { append: () => Promise.resolve() },
  };
  return {
    entries,
    delivered: () => [...payments.values()].filter(({ verdict }) => verdict === "delivered").length,
    async receive(raw: RawNotice): Promise<void> {
      const reading = await account.gateway.read(raw);
      await acceptPayment(ports, account, { reading, raw });
    },
  };
}
