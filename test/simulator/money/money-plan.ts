import type { Dispute, Operation } from "../operations.ts";
import { makePlan } from "../plan.ts";
import type { Random } from "../random.ts";

/**
 * The script of a world in which money is watched: a sale as any other, in which each number pays one order and
 * a part of the notices never comes, and what is given back of it.
 */
export function makeMoneyPlan(random: Random, orders: number): Operation[] {
  const sale = makePlan(random.fork("sale"), orders).map((operation): Operation => {
    if (operation.kind !== "pay") return operation;
    const luck = random.fork(`pay-${operation.n}-${operation.trade}`);
    const isLost = luck.chance(0.15);
    const noticesAfterMs = isLost ? [] : operation.noticesAfterMs;
    return { ...operation, tradeOf: operation.n, noticesAfterMs };
  });
  const back = sale.flatMap((operation) =>
    operation.kind === "pay" && operation.trade === 0
      ? refundsOf(random.fork(`back-${operation.n}`), operation)
      : [],
  );
  return [...sale, ...back].toSorted((a, b) => a.atMs - b.atMs);
}

/** Of a refund that comes after a dispute: no other act has that number. */
const LATE_ACT = 9;

function refundsOf(luck: Random, { n, atMs }: { n: number; atMs: number }): Operation[] {
  const back: Operation[] = [];
  const soon = () => atMs + luck.int(0, luck.pick([100, 5_000, 600_000]));
  if (luck.chance(0.35)) {
    const acts = luck.pick([1, 1, 2, 3]);
    for (let act = 0; act < acts; act++) {
      const refund = {
        kind: "refund",
        n,
        act,
        sum: luck.pick(["all", "all", "half"]),
        keys: luck.pick(["void", "void", "keep"]),
      } as const;
      const times = luck.pick([1, 1, 2]);
      for (let time = 0; time < times; time++) back.push({ ...refund, atMs: soon() });
    }
  }
  if (luck.chance(0.1)) {
    const copies = luck.pick([0, 1, 1, 2]);
    back.push({
      kind: "desk_refund",
      atMs: soon(),
      n,
      sum: luck.pick(["all", "all", "half"]),
      noticesAfterMs: Array.from({ length: copies }, () => luck.int(0, 5_000)),
    });
  }
  if (luck.chance(0.15)) {
    const disputed = { ...disputeOf(luck, n), atMs: soon() };
    back.push(disputed);
    // A merchant who has not heard of it, or does not care.
    const refund = { kind: "refund", n, act: LATE_ACT, sum: "half", keys: "keep" } as const;
    const openedAtMs = disputed.atMs + (disputed.words[0]?.saidAfterMs ?? 0);
    if (luck.chance(0.5)) back.push({ ...refund, atMs: openedAtMs + luck.int(0, 100_000) });
  }
  return back;
}

/** Opened, and mostly ended; its notices come late, twice, in another order or not at all. */
function disputeOf(luck: Random, n: number): Dispute {
  const ends = luck.pick<("won" | "lost")[]>([
    [],
    ["won"],
    ["lost"],
    ["lost"],
    ["won", "lost"],
    ["lost", "won"],
  ]);
  let saidAfterMs = 0;
  const words = (["opened", ...ends] as const).map((state) => {
    saidAfterMs += luck.int(1_000, luck.pick([10_000, 1_000_000]));
    const copies = luck.pick([0, 1, 1, 1, 2]);
    const lateMs = luck.pick([100, 5_000, 1_000_000]);
    const noticesAfterMs = Array.from({ length: copies }, () => luck.int(0, lateMs));
    return { state, saidAfterMs, noticesAfterMs };
  });
  return { kind: "dispute", n, half: luck.chance(0.2), words };
}
