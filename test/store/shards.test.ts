import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batch, keys, MERCHANT, payment, PRICE_MINOR } from "./fixtures.ts";
import { Gone, ShardWorld } from "./shard-world.ts";

const held = (world: ShardWorld) => world.keys().filter((key) => key.state === "held").length;
const free = (world: ShardWorld) => world.keys().filter((key) => key.state === "free").length;

describe("an order whose shard is empty", () => {
  test("gets a key of another shard", async () => {
    const world = new ShardWorld([0, 1]);
    expect(await world.order(1, 0)).toMatchObject({ kind: "reserved" });
    expect(world.moving()).toEqual([]);
  });

  test("of five gets all five, from 2 + 2 + 1 of three shards", async () => {
    const world = new ShardWorld([0, 2, 2, 1]);
    expect(await world.order(1, 0, amount(5))).toMatchObject({ kind: "reserved" });
    expect(held(world)).toBe(5);
  });

  test("of two gets its own and another's", async () => {
    const world = new ShardWorld([1, 1]);
    expect(await world.order(1, 0, amount(2))).toMatchObject({ kind: "reserved" });
  });

  test("is told how many there are in all shards together when they are too few", async () => {
    const world = new ShardWorld([1, 2, 1]);
    expect(await world.order(1, 0, amount(5))).toEqual({ kind: "sold_out", available: 4 });
    expect(free(world)).toBe(4);
  });

  test("is the same order when it is asked for again, also when nothing is left", async () => {
    const world = new ShardWorld([0, 1]);
    await world.order(1, 0);
    expect(await world.order(1, 0)).toMatchObject({ kind: "repeated" });
    expect(await world.order(2, 0)).toMatchObject({ kind: "sold_out" });
    expect(await world.order(1, 0)).toMatchObject({ kind: "repeated" });
    const again = { orderId: world.orderId(1, 0), bodyHash: "another body" };
    expect(await world.order(1, 0, again)).toEqual({ kind: "reused" });
  });

  test("leaves keys behind for the orders after it, where the lender has plenty", async () => {
    const world = new ShardWorld([0, 80]);
    await world.order(1, 0);
    const mine = world.keys().filter((key) => key.shard === 0);
    expect(mine).toHaveLength(10);
  });

  test("is told to come again when a shard does not answer and the others have none", async () => {
    const world = new ShardWorld([0, 0]);
    world.databases[1]?.close();
    expect(await world.order(1, 0)).toEqual({ kind: "busy" });
  });

  test("is told to come again when a shard neither answers nor fails", async () => {
    const world = new ShardWorld([0, 1]);
    world.silent.add(1);
    expect(await world.order(1, 0)).toEqual({ kind: "busy" });
    world.silent.clear();
    expect(await world.order(1, 0)).toMatchObject({ kind: "reserved" });
  });

  test("is held up by no alarm: a shard whose keys go to a silent one sends them again later", async () => {
    const world = new ShardWorld([0, 1]);
    world.life(1).store.lend({ to: world.number(0), variantId: null, quantity: 1 }, world.nowMs);
    world.silent.add(0);
    world.nowMs += 5_000;
    await world.life(1).shard.lookAfter();
    expect(world.moving()).toHaveLength(1);
    world.silent.clear();
    await world.rest();
    expect(world.keys()).toMatchObject([{ shard: 0, state: "free" }]);
  });
});

describe("two shards that look at once", () => {
  test("do not pull what one of them could sell to and fro: the one with the lower number keeps it", async () => {
    const world = new ShardWorld([3, 3]);
    const both = await Promise.all([world.order(1, 0, amount(5)), world.order(2, 1, amount(5))]);
    expect(both).toMatchObject([{ kind: "reserved" }, { kind: "sold_out", available: 1 }]);
  });

  test("lend what they have to each other when it is not enough for their own", async () => {
    const world = new ShardWorld([3, 0]);
    const both = await Promise.all([world.order(1, 0, amount(5)), world.order(2, 1, amount(3))]);
    expect(both).toMatchObject([{ kind: "sold_out" }, { kind: "reserved" }]);
  });
});

describe("an order that is paid and owed keys", () => {
  const owing = async (keyCounts: readonly number[]) => {
    const world = new ShardWorld(keyCounts);
    const { store } = world.life(0);
    await world.order(1, 0);
    const orderId = world.orderId(1, 0);
    store.cancel({ orderId, by: "buyer" }, world.nowMs);
    expect(await world.order(2, 0)).toMatchObject({ kind: "reserved" });
    const paid = store.recordPayment(payment(1, { orderId }), MERCHANT, world.nowMs);
    return { world, verdict: paid.verdict, order: () => store.order(orderId) };
  };

  test("is filled from another shard", async () => {
    const { world, verdict, order } = await owing([1, 1]);
    expect(verdict).toBe("unfilled");
    await world.life(0).shard.collectOwed();
    expect(order()).toMatchObject({ state: "delivered", keys: [{}] });
    expect(world.moving()).toEqual([]);
  });

  test("is filled by the alarm when whoever should have looked died, and keys came later", async () => {
    const { world, order } = await owing([1, 0]);
    await world.life(0).shard.collectOwed();
    expect(order()).toMatchObject({ state: "unfilled" });
    world.life(1).store.importKeys(batch("late", keys(1, "late")), world.nowMs);
    world.kill(0);
    expect(world.life(0).shard.dueAtMs()).toBeLessThanOrEqual(world.nowMs);
    await world.life(0).shard.lookAfter();
    expect(order()).toMatchObject({ state: "delivered" });
  });

  test("is looked after less often the longer it has been owed, and at least every ten minutes", async () => {
    const { world } = await owing([1, 0]);
    const { shard, store } = world.life(0);
    store.recordPayment(payment(2, { orderId: world.orderId(2, 0) }), MERCHANT, world.nowMs);
    await shard.collectOwed();
    expect(shard.dueAtMs()).toBe(world.nowMs + 15_000);
    world.nowMs += 200_000;
    await shard.lookAfter();
    expect(shard.dueAtMs()).toBe(world.nowMs + 50_000);
    world.nowMs += 24 * 3600_000;
    await shard.lookAfter();
    expect(shard.dueAtMs()).toBe(world.nowMs + 600_000);
  });
});

describe("a shard that dies", () => {
  /** Counts the turns of a world until one in which somebody dies. */
  const dyingAt = (turn: number, shard: number, keyCounts: readonly number[]) => {
    let turns = 0;
    const world: ShardWorld = new ShardWorld(keyCounts, async () => {
      await Promise.resolve();
      if (turns++ === turn) world.kill(shard);
    });
    return { world, ended: () => turns <= turn };
  };

  test.each([
    ["that looks", 0],
    ["that lends", 1],
  ])("%s, at any turn, loses no key and lends none twice", async (_, victim) => {
    for (let turn = 0; ; turn++) {
      const { world, ended } = dyingAt(turn, victim, [0, 2, 1]);
      const first = await world.order(1, 0, amount(2)).catch(gone);
      if (ended()) break;
      const again = first ?? (await world.order(1, 0, amount(2)));
      expect(again.kind, `turn ${turn}`).toMatch(/^(reserved|repeated)$/);
      await world.rest();
      expect(world.moving(), `turn ${turn}`).toEqual([]);
      const prints = world.keys().map((key) => key.fingerprint);
      expect(prints.toSorted(), `turn ${turn}`).toEqual(["print-1-0", "print-1-1", "print-2-0"]);
      expect(held(world), `turn ${turn}`).toBe(2);
    }
  });
});

describe("whatever happens, in whatever order", () => {
  const buyer = fc.record({ home: fc.nat(3), quantity: fc.constantFrom(1, 1, 1, 2, 3) });
  const story = fc.record({
    keyCounts: fc.array(fc.nat(4), { minLength: 2, maxLength: 4 }),
    buyers: fc.array(buyer, { minLength: 1, maxLength: 12 }),
    deaths: fc.array(fc.record({ turn: fc.nat(400), shard: fc.nat(3) }), { maxLength: 4 }),
  });

  test("no key is lost or sold twice, and nobody was told 'sold out' of what was left", async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.scheduler(), async (told, scheduler) => {
        let turns = 0;
        const world: ShardWorld = new ShardWorld(told.keyCounts, async (label) => {
          await scheduler.schedule(Promise.resolve(), label);
          turns++;
          const { length } = told.keyCounts;
          for (const { turn, shard } of told.deaths) {
            if (turn === turns) world.kill(shard % length);
          }
        });
        const given = world.keys().map((key) => key.fingerprint);

        const buy = async (n: number, home: number, quantity: number): Promise<string> => {
          // A buyer whose answer was lost asks again, and so does one who was told to.
          const outcome = await world.order(n, home, amount(quantity)).catch(gone);
          return outcome === null || outcome.kind === "busy"
            ? buy(n, home, quantity)
            : outcome.kind;
        };
        const buying = told.buyers.map(({ home, quantity }, n) =>
          buy(n, home % told.keyCounts.length, quantity),
        );
        const outcomes = await scheduler.waitFor(Promise.all(buying));
        await scheduler.waitFor(world.rest());

        expect(world.moving()).toEqual([]);
        const prints = world.keys().map((key) => key.fingerprint);
        expect(prints.toSorted()).toEqual(given.toSorted());
        const sold = told.buyers.filter((_, n) => outcomes[n] !== "sold_out");
        expect(held(world)).toBe(sold.reduce((sum, { quantity }) => sum + quantity, 0));
        for (const [n, { quantity }] of told.buyers.entries()) {
          if (outcomes[n] === "sold_out") expect(free(world)).toBeLessThan(quantity);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("whatever happens, with orders that are given up, paid late or never, and keys that come later", () => {
  const act = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("order"),
        home: fc.nat(2),
        quantity: fc.constantFrom(1, 1, 2, 3),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel"), n: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("pay"), n: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("import"), shard: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("die"), shard: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lapse") }) },
  );

  test("the books balance, and no key lies free that a paid order could have", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 2, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(20), act), { minLength: 10, maxLength: 25 }),
        fc.scheduler(),
        async (keyCounts, acts, scheduler) => {
          const world = new ShardWorld(keyCounts, (label) =>
            scheduler.schedule(Promise.resolve(), label),
          );
          const given = new Set(world.keys().map((each) => each.fingerprint));
          const placed: { home: number; quantity: number }[] = [];
          const doing: Promise<unknown>[] = [];
          const answered = (work: Promise<unknown>) => doing.push(work.catch(gone));
          for (const [place, [turns, one]] of acts.entries()) {
            for (let turn = 0; turn < turns && scheduler.count() > 0; turn++) {
              await scheduler.waitOne();
            }
            if (one.kind === "order") {
              const home = one.home % keyCounts.length;
              placed.push({ home, quantity: one.quantity });
              answered(world.order(placed.length - 1, home, amount(one.quantity)));
            } else if (one.kind === "import") {
              const shard = one.shard % keyCounts.length;
              const arrived = keys(2, `late-${place}`);
              for (const each of arrived) given.add(each.fingerprint);
              world.life(shard).store.importKeys(batch(`late-${place}`, arrived), world.nowMs);
            } else if (one.kind === "lapse") {
              world.lapse();
            } else if (one.kind === "die") {
              world.kill(one.shard % keyCounts.length);
            } else {
              const order = placed[one.n];
              if (order === undefined) continue;
              const { store, shard } = world.life(order.home);
              const orderId = world.orderId(one.n, order.home);
              if (one.kind === "cancel") store.cancel({ orderId, by: "buyer" }, world.nowMs);
              else {
                const amountMinor = PRICE_MINOR * order.quantity;
                const money = { amountMinor, currency: "CNY" as const };
                store.recordPayment(payment(one.n, { orderId, money }), MERCHANT, world.nowMs);
                answered(shard.collectOwed());
              }
            }
          }
          await scheduler.waitFor(Promise.all(doing));
          world.lapse();
          await scheduler.waitFor(world.rest());

          const books = world.keys();
          expect(world.moving()).toEqual([]);
          expect(books.map((each) => each.fingerprint).toSorted()).toEqual([...given].toSorted());
          const orders = placed.flatMap(
            ({ home }, n) => world.life(home).store.order(world.orderId(n, home)) ?? [],
          );
          const delivered = orders.filter((order) => order.state === "delivered");
          const shown = delivered.flatMap((order) => order.keys.map((each) => each.fingerprint));
          expect(new Set(shown).size).toBe(shown.length);
          for (const order of delivered) expect(order.keys).toHaveLength(order.quantity);
          expect(books.filter((each) => each.state === "sold")).toHaveLength(shown.length);
          expect(held(world)).toBe(0);
          for (const order of orders) {
            if (order.state === "unfilled") expect(free(world)).toBeLessThan(order.quantity);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

function amount(quantity: number) {
  return { quantity, amountMinor: PRICE_MINOR * quantity };
}

function gone(error: unknown): null {
  if (error instanceof Gone) return null;
  throw error;
}
