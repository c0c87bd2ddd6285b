import { describe, expect, test } from "vitest";
import type { Money } from "../../../src/domain/money.ts";
import type { NoticeReading, PaymentGateway, RawNotice } from "../../../src/flows/ports.ts";

/** What a notice of any gateway is about. */
export interface NoticeFacts {
  readonly orderRef: string;
  readonly tradeNo: string;
  readonly money: Money;
}

/** A gateway with its other side: what each adapter's tests supply. */
export interface GatewayUnderTest {
  readonly gateway: PaymentGateway;
  /** Genuine, for this account, saying that the money is there. */
  paid(facts: NoticeFacts): Promise<RawNotice>;
  /** Genuine, saying that it is not. */
  notPaid(facts: NoticeFacts): Promise<RawNotice>;
  /** Like `paid`, signed with another account's secret. */
  forged(facts: NoticeFacts): Promise<RawNotice>;
  /** The same notice with one thing altered, each in its own way, after it was signed. */
  altered(notice: RawNotice): readonly RawNotice[];
}

const FACTS: NoticeFacts = {
  orderRef: "ord_000001abcdefghjkmnpqrstvwxyz",
  tradeNo: "2026112214000000001",
  money: { amountMinor: 1234, currency: "CNY" },
};

/** The laws of every gateway. A new adapter is held to them before it has tests of its own. */
export function gatewayContract(name: string, make: () => GatewayUnderTest): void {
  describe(`${name}, as every gateway`, () => {
    test("reads a genuine paid notice exactly", async () => {
      const { gateway, paid } = make();
      expect(await gateway.read(await paid(FACTS))).toEqual({ kind: "paid", ...FACTS });
    });

    test("reads the same notice the same way twice", async () => {
      const { gateway, paid } = make();
      const notice = await paid(FACTS);
      expect(await gateway.read(notice)).toEqual(await gateway.read(notice));
    });

    test("does not take a notice that says not paid for money", async () => {
      const { gateway, notPaid } = make();
      const reading = await gateway.read(await notPaid(FACTS));
      expect(reading).toMatchObject({ kind: "not_paid", tradeNo: FACTS.tradeNo });
    });

    test("believes nothing that another account signed", async () => {
      const { gateway, forged } = make();
      expect(await gateway.read(await forged(FACTS))).toEqual(invalid("signature"));
    });

    test("believes nothing that was altered after it was signed", async () => {
      const { gateway, paid, altered } = make();
      const notices = altered(await paid(FACTS));
      expect(notices.length).toBeGreaterThan(5);
      const readings = await Promise.all(notices.map((notice) => gateway.read(notice)));
      for (const reading of readings) expect(reading.kind).toBe("invalid");
    });

    test("refuses an empty notice without throwing", async () => {
      const { gateway } = make();
      for (const method of ["GET", "POST"] as const) {
        const empty = { method, query: "", contentType: null, body: new Uint8Array(0) };
        const reading = await gateway.read({ ...empty, headers: new Map() });
        expect(reading.kind).toBe("invalid");
      }
    });

    test("says different things when it accepts and when it does not", () => {
      const { accepted, rejected } = make().gateway.answers;
      expect(accepted.status).toBeLessThan(300);
      expect(rejected.status).toBeGreaterThanOrEqual(400);
      expect(accepted.body).not.toBe(rejected.body);
    });
  });
}

function invalid(check: Extract<NoticeReading, { kind: "invalid" }>["check"]): NoticeReading {
  return { kind: "invalid", check };
}
