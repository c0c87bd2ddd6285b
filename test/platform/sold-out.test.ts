import { describe, expect, test, vi } from "vitest";
import type { SoldOutReport } from "../../durable-objects/product-stock/sold-out-contract.ts";
import { BloomFilter } from "../../src/domain/memory/bloom-filter.ts";
import { base64 } from "../../src/domain/encoding.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { stockNumbers } from "../../src/domain/product/shards.ts";
import type { SharedMemory } from "../../src/domain/memory/shared-memory.ts";
import { makeSoldOut } from "../../src/platform/sold-out.ts";
import { Timeline } from "../simulator/timeline.ts";
import { order, terms, VARIANTS } from "../store/fixtures.ts";

const SHARD = 7 + 2 ** 24;
const ONE = { variantId: null, quantity: 1 };

function said(free: Record<string, number>, orders: readonly OrderId[]): SoldOutReport {
  const filter = BloomFilter.forEntries(100, 1_024);
  for (const id of orders) filter.add(id);
  const knownOrders = { bits: base64(filter.bits), hashes: filter.hashes };
  return { termsVersion: 1, free, isMoving: false, knownOrders };
}

/** An edge whose objects say what the test has them say. */
function edge(reports: Record<number, SoldOutReport | Error>, dataCentre?: SharedMemory) {
  const timeline = new Timeline();
  const asked: number[] = [];
  const turns = {
    nowMs: () => timeline.nowMs,
    wait: (ms: number) => timeline.sleep(ms),
    keepAlive: () => {},
  };
  const say = async (number: number): Promise<SoldOutReport> => {
    asked.push(number);
    const report = reports[number];
    if (report === undefined || report instanceof Error) throw report ?? new Error("no such shard");
    return report;
  };
  const soldOut = makeSoldOut({
    ask: (of) => Promise.all(stockNumbers(of).map(say)),
    turns,
    dataCentre: dataCentre ?? null,
  });
  const pass = async (ms: number) => {
    let over = false;
    void timeline.sleep(ms).then(() => (over = true));
    await timeline.play(() => over);
  };
  return { soldOut, asked, pass, reports };
}

describe("a product that an object has called sold out", () => {
  test("is looked at once, and orders are refused by that for half a second", async () => {
    const { soldOut, asked, pass } = edge({ 7: said({ "": 0 }, [order(1)]) });
    expect(soldOut.shortage(terms(), ONE)).toBeNull();
    soldOut.note(terms());
    for (let n = 0; n < 100; n++) {
      expect(await soldOut.shortage(terms(), ONE)).toMatchObject({ available: 0 });
    }
    expect(asked).toEqual([7]);
    await pass(501);
    await soldOut.shortage(terms(), ONE);
    expect(asked).toEqual([7, 7]);
  });

  test("sends orders to the object that it may know, and those that went there from here", async () => {
    const { soldOut } = edge({ 7: said({ "": 0 }, [order(1)]) });
    soldOut.note(terms());
    soldOut.sends(order(2));
    const shortage = await soldOut.shortage(terms(), ONE);
    expect([1, 2, 3].map((n) => shortage?.mayKnow(order(n)))).toEqual([true, true, false]);
  });

  test("is sold again as soon as it is heard that there are keys", async () => {
    const { soldOut, asked, pass, reports } = edge({ 7: said({ "": 0 }, []) });
    soldOut.note(terms());
    await soldOut.shortage(terms(), ONE);
    reports[7] = said({ "": 1 }, []);
    await pass(501);
    expect(await soldOut.shortage(terms(), ONE)).toBeNull();
    expect(await soldOut.shortage(terms(), { ...ONE, quantity: 2 })).toMatchObject({
      available: 1,
    });
    reports[7] = { ...said({ "": 20 }, []), knownOrders: null };
    await pass(501);
    expect(await soldOut.shortage(terms(), ONE)).toBeNull();
    expect(soldOut.shortage(terms(), ONE)).toBeNull();
    expect(asked).toHaveLength(3);
  });

  test("is so for each variant by itself", async () => {
    const { soldOut } = edge({ 7: said({ m: 0, y: 3 }, []) });
    const both = terms({ variants: VARIANTS });
    soldOut.note(both);
    const of = (variantId: string | null) => soldOut.shortage(both, { variantId, quantity: 1 });
    expect(await of("m")).toMatchObject({ available: 0 });
    expect(await of("y")).toBeNull();
    expect(await of("z")).toBeNull();
  });

  test("is not refused by what was heard under other terms, or while it is not on sale", async () => {
    const { soldOut } = edge({ 7: said({ "": 0 }, []) });
    soldOut.note(terms());
    expect(await soldOut.shortage(terms({ version: 2 }), ONE)).toBeNull();
    expect(soldOut.shortage(terms({ status: "closed" }), ONE)).toBeNull();
  });

  test("in several shards is sold out when all of them are, and none has keys on their way", async () => {
    const both = terms({ shards: 2 });
    const { soldOut, reports, pass } = edge({
      7: said({ "": 0 }, [order(1)]),
      [SHARD]: said({ "": 1 }, [order(2, SHARD)]),
    });
    soldOut.note(both);
    expect(await soldOut.shortage(both, ONE)).toBeNull();
    expect(await soldOut.shortage(both, { ...ONE, quantity: 2 })).toMatchObject({ available: 1 });
    reports[SHARD] = said({ "": 0 }, [order(2, SHARD)]);
    await pass(501);
    const shortage = await soldOut.shortage(both, ONE);
    const ids = [order(1), order(3), order(2, SHARD), order(3, SHARD), order(1, 8)];
    expect(ids.map((id) => shortage?.mayKnow(id))).toEqual([true, false, true, false, true]);
    reports[7] = { ...said({ "": 0 }, []), isMoving: true };
    await pass(501);
    expect(await soldOut.shortage(both, ONE)).toBeNull();
  });

  test("whose object cannot say, being older or busy, is left to it, and it is not asked again at once", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const { soldOut, asked, pass, reports } = edge({ 7: new TypeError("no such method") });
    soldOut.note(terms());
    expect(await soldOut.shortage(terms(), ONE)).toBeNull();
    for (let n = 0; n < 10; n++) {
      soldOut.note(terms());
      expect(soldOut.shortage(terms(), ONE)).toBeNull();
    }
    expect(asked).toHaveLength(1);
    reports[7] = said({ "": 0 }, []);
    await pass(5_001);
    soldOut.note(terms());
    expect(await soldOut.shortage(terms(), ONE)).toMatchObject({ available: 0 });
  });

  test("of which no object has said so for a minute is not looked at any more", async () => {
    const { soldOut, pass } = edge({ 7: said({ "": 0 }, []) });
    soldOut.note(terms());
    await pass(60_001);
    expect(soldOut.shortage(terms(), ONE)).toBeNull();
  });
});
