import { describe, expect, it } from "vitest";
import type { Caller } from "../../../src/domain/network/caller.ts";
import type { MerchantId, OrderId } from "../../../src/domain/ids.ts";
import { RiskMemory, type TriedOrder } from "../../../src/domain/risk/risk-memory.ts";

const caller: Caller = {
  network: "198.51.100.7",
  country: "CN",
  asn: 4134,
  device: { id: "abcdefgh12345678abcd", country: "CN" },
};

function tried(n: number, changes: Partial<TriedOrder> = {}): TriedOrder {
  const orderId = `ord_${n}` as OrderId;
  const merchantId = "mer_1" as MerchantId;
  return { orderId, merchantId, email: "one@example.com", caller, ...changes };
}

describe("an isolate remembers of orders", () => {
  it("how many were tried lately, by network, mailbox, device and ASN", () => {
    const memory = new RiskMemory();
    memory.note(tried(1), 0);
    const other = { network: "203.0.113.1", asn: 9, device: null, country: null };
    memory.note(tried(2, { caller: other, email: "o.ne+x@example.com" }), 0);
    expect(memory.note(tried(3), 0).velocity).toEqual({ network: 2, email: 2, device: 2, asn: 2 });
    expect(memory.note(tried(4), 600_000).velocity).toEqual({
      network: 2,
      email: 2,
      device: 2,
      asn: 2,
    });
  });

  it("an order once, however often it is asked for", () => {
    const memory = new RiskMemory();
    const counts = [1, 1, 1, 1].map((n) => memory.note(tried(n), 0).velocity.email);
    expect(counts).toEqual([1, 1, 1, 1]);
  });

  it("nothing of one shop in another", () => {
    const memory = new RiskMemory();
    memory.note(tried(1), 0);
    const elsewhere = memory.note(tried(2, { merchantId: "mer_2" as MerchantId }), 0);
    expect(elsewhere).toMatchObject({ velocity: { network: 1, email: 1 }, buyerCountry: null });
  });

  it("where a mailbox was first seen within a day", () => {
    const memory = new RiskMemory();
    const from = (n: number, country: string | null, atMs: number) =>
      memory.note(tried(n, { caller: { ...caller, country } }), atMs).buyerCountry;
    expect(from(1, null, 0)).toBeNull();
    expect(from(2, "CN", 0)).toBeNull();
    expect(from(3, "US", 1_000)).toBe("CN");
    expect(from(4, "CN", 2_000)).toBe("CN");
    expect(from(5, "US", 25 * 3_600_000)).toBeNull();
  });

  it("no count of those whom nothing tells apart", () => {
    const memory = new RiskMemory();
    const unknown = { network: "unknown", country: null, asn: null, device: null };
    const { velocity } = memory.note(tried(1, { caller: unknown }), 0);
    expect(velocity).toEqual({ network: null, email: 1, device: null, asn: null });
  });
});
