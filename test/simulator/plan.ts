import type { Operation, Pay } from "./operations.ts";
import type { Random } from "./random.ts";
import { DEATH_PLACES } from "./stock-object.ts";
import { PRODUCTS, type ProductNumber } from "./shop.ts";
import { ISOLATES } from "./world.ts";

const HOUR_MS = 3_600_000;

/** The script of a seed, in the order of time. */
export function makePlan(random: Random, orders: number): Operation[] {
  const script: Operation[] = [];
  // Some drops are over in a second, some sales take an hour.
  const spanMs = orders * random.pick([1, 5, 50, 500]);
  const calm = random.chance(0.2);
  // In a drop most buyers find nothing; in a quiet shop nearly all do.
  const share = random.pick([0.05, 0.1, 0.3, 0.9]);
  for (const product of PRODUCTS)
    script.push(...imports(random, product, Math.ceil((orders / 3) * share), spanMs));
  for (const product of PRODUCTS) script.push({ kind: "announce", atMs: 0, product });
  for (let n = 0; n < orders; n++) script.push(...story(random, n, spanMs));
  const mishaps = calm ? 0 : Math.ceil(orders / 15);
  for (let i = 0; i < mishaps; i++) script.push(mishap(random, spanMs));
  for (let i = 0; i < 3; i++) {
    const [product, priceMinor] = [random.pick(PRODUCTS), random.int(5, 20) * 100];
    script.push({ kind: "edit", atMs: random.int(0, spanMs), product, priceMinor });
  }
  return script.toSorted((a, b) => a.atMs - b.atMs);
}

function imports(
  random: Random,
  product: ProductNumber,
  keys: number,
  spanMs: number,
): Operation[] {
  const script: Operation[] = [];
  const batches = random.int(2, 6);
  const each = Math.ceil(keys / batches);
  for (let batch = 0; batch < batches; batch++) {
    script.push({
      kind: "import",
      atMs: batch === 0 ? 0 : random.int(0, spanMs * 1.5),
      product,
      batch,
      first: Math.max(0, batch * each - random.int(0, 2)),
      count: each + 1,
      repeats: random.chance(0.3) ? 1 : 0,
      livesMs: random.chance(0.15) ? random.int(1, spanMs) : null,
    });
  }
  return script;
}

/** One order in so many comes from a mailbox that the shop doubts. */
const DOUBTED_EACH = 12;

/** One order, and what comes of it. */
function story(random: Random, n: number, spanMs: number): Operation[] {
  const product = random.pick([1, 1, 1, 2, 2, 3]);
  const atMs = random.int(0, spanMs);
  const laterMs = random.pick([50, 50, 400, 4_000, 40_000]);
  const doubted = n % DOUBTED_EACH === 0;
  const events: Operation[] = [
    {
      kind: "order",
      atMs,
      n,
      product,
      buyer: random.chance(0.3) ? random.int(0, 9) : 1_000 + n,
      quantity: random.chance(0.7) ? 1 : random.int(2, 6),
      variant: product === 2 ? random.pick(["m", "y"]) : null,
      saysSum: random.chance(0.5),
      afterwards: random.pick(["nothing", "nothing", "nothing", "nothing", "same", "other"]),
      afterwardsMs: random.pick([0, 0, 0, 10_000, 100_000]),
      doubted,
    },
  ];
  if (doubted) events.push(...looks(n / DOUBTED_EACH, { n, atMs, laterMs }));
  if (random.chance(0.7)) events.push(pay(random, n, 0, atMs + laterMs));
  if (random.chance(0.05)) events.push(pay(random, n, 1, atMs + random.int(0, 2 * laterMs)));
  if (random.chance(0.12)) {
    const by = random.pick(["buyer", "merchant"]);
    const cancel = { kind: "cancel", n, by } as const;
    events.push({ ...cancel, atMs: atMs + laterMs + random.int(-60, 60) });
    if (random.chance(0.3))
      events.push({ ...cancel, atMs: atMs + laterMs + random.int(0, 20_000) });
  }
  if (random.chance(product === 3 ? 0.5 : 0.05)) {
    const acts = random.pick([1, 1, 2]);
    for (let act = 0; act < acts; act++)
      events.push({
        kind: "fulfil",
        atMs: atMs + random.int(0, 3 * laterMs),
        n,
        act,
        spare: random.chance(0.1) ? 1 : 0,
      });
  }
  if (random.chance(0.08)) {
    const as = random.pick(["buyer", "buyer", "stranger"]);
    events.push({ kind: "look", atMs: atMs + random.int(0, 3 * laterMs), n, as });
  }
  if (random.chance(0.03))
    events.push({ kind: "mark_paid", atMs: atMs + random.int(0, 2 * laterMs), n });
  return events;
}

/**
 * How a person looks at the doubted order of that number: once as a rule, sometimes twice and of two minds,
 * and of one in five never. By its number and not by chance: the rest of a world is as it was without.
 */
function looks(
  which: number,
  { n, atMs, laterMs }: { n: number; atMs: number; laterMs: number },
): Operation[] {
  const times = [1, 0, 1, 2, 1][which % 5] ?? 1;
  return Array.from({ length: times }, (_, look) => ({
    kind: "review" as const,
    atMs: atMs + ((which * 7 + look * 5 + 1) % 16) * Math.ceil(laterMs / 4),
    n,
    word: (which + look) % 3 === 0 ? ("reject" as const) : ("approve" as const),
  }));
}

function pay(random: Random, n: number, trade: number, atMs: number): Pay & { atMs: number } {
  const copies = random.chance(0.01) ? 40 : random.pick([1, 1, 1, 2, 3]);
  const spreadMs = random.pick([0, 30, 3_000]);
  return {
    kind: "pay",
    atMs,
    n,
    tradeOf: random.chance(0.03) ? Math.max(0, n - random.int(1, 3)) : n,
    trade,
    sum: random.chance(0.92)
      ? "exact"
      : random.pick(["cent_less", "cent_more", "double", "currency"]),
    noticesAfterMs: Array.from({ length: copies }, () => random.int(0, spreadMs)),
    notPaidFirst: random.chance(0.1),
    astray: random.chance(0.02),
    blind: random.chance(0.05),
  };
}

function mishap(random: Random, spanMs: number): Operation {
  const atMs = random.int(0, spanMs * 1.2);
  const target = { product: random.pick(PRODUCTS), shard: random.int(0, 2) };
  switch (random.pick(["kill", "kill", "kill", "kill_isolate", "down", "skew"])) {
    case "kill_isolate":
      return { kind: "kill_isolate", atMs, which: random.int(0, ISOLATES - 1) };
    case "kill":
      return { kind: "kill", atMs, ...target, place: random.pick(DEATH_PLACES) };
    case "down": {
      const object = `product-${target.product + target.shard * 2 ** 24}`;
      const what = random.pick(["d1", "mail", "order-events", "delivery-emails", object]);
      return {
        kind: "down",
        atMs,
        what,
        forMs: random.int(100, random.pick([5_000, 5_000, HOUR_MS])),
      };
    }
    default: {
      const byMs = random.int(-HOUR_MS, HOUR_MS);
      return random.chance(0.3)
        ? { kind: "skew_edges", atMs, byMs }
        : { kind: "skew", atMs, ...target, byMs };
    }
  }
}
