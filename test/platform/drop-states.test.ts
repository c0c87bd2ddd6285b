import { describe, expect, test } from "vitest";
import type { DropControllerRpc } from "../../durable-objects/drop-controller/contract.ts";
import { isAdmitted } from "../../src/domain/drop/threshold.ts";
import {
  placeInLine,
  STATE_DEAD_MS,
  STATE_OLD_MS,
  type DropState,
} from "../../src/domain/drop/state.ts";
import type { DropId } from "../../src/domain/ids.ts";
import type { SharedMemory } from "../../src/domain/memory/shared-memory.ts";
import type { BookedDrop } from "../../src/flows/drops/drop-ports.ts";
import { makeDropStates } from "../../src/platform/drop-states.ts";

const ID = "drop_0123456789abcdefghjk" as DropId;
const OPENS_MS = 1_000_000;

function booked(version = 1): BookedDrop {
  const drop = { id: ID, version } as BookedDrop["drop"];
  return { drop, terms: { version } as BookedDrop["terms"] };
}

function state(seq: number, atMs: number, changes: Partial<DropState> = {}): DropState {
  return {
    seq,
    status: "open",
    threshold: { early: seq / 100, lateUntilMs: null },
    remaining: 10,
    held: 0,
    line: { early: 100, lateWaiting: 0 },
    admittedPerSecond: 1,
    atMs,
    opensAtMs: OPENS_MS,
    closesAtMs: 2 * OPENS_MS,
    termsVersion: 1,
    ...changes,
  };
}

/** An isolate whose controller answers what `says` does, and is asked as often as `asked` tells. */
function isolate(says: () => DropState | null, shared: SharedMemory | null = null) {
  const world = { nowMs: OPENS_MS, asked: 0, configured: [] as number[] };
  const controller: DropControllerRpc = {
    state: async () => (world.asked++, says()),
    configure: async ({ version }) => (world.configured.push(version), { version }),
    report: () => Promise.resolve(null),
  };
  const states = makeDropStates({
    controllers: { of: () => controller },
    drop: async () => booked(),
    turns: {
      nowMs: () => world.nowMs,
      wait: () => new Promise(() => {}),
      keepAlive: () => {},
    },
    shared,
  });
  return { world, of: (drop = booked()) => states.of(drop) };
}

function sharedMemory(): SharedMemory & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    get: async (name) => texts.get(name) ?? null,
    put: async (name, text) => void texts.set(name, text),
    drop: async (name) => void texts.delete(name),
  };
}

describe("the state of a drop at the edge", () => {
  test("is read once a second, however many ask", async () => {
    const { world, of } = isolate(() => state(1, world.nowMs));
    await of();
    await Promise.all(Array.from({ length: 1_000 }, () => of()));
    expect(world.asked).toBe(1);
    world.nowMs += 2_500;
    await Promise.all(Array.from({ length: 1_000 }, () => of()));
    expect(world.asked).toBe(2);
  });

  test("never goes back to an older one, wherever it comes from", async () => {
    const answers = [state(5, OPENS_MS), state(4, OPENS_MS), state(6, OPENS_MS + 6_000)];
    const { world, of } = isolate(() => answers[world.asked - 1] ?? null);
    const seen: (number | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      seen.push((await of())?.state.seq);
      world.nowMs += 3_000;
    }
    expect(seen).toEqual([5, 5, 6]);
  });

  test("replayed from a data centre's old cache is not believed by an isolate that knows better", async () => {
    const shared = sharedMemory();
    const { world, of } = isolate(() => state(9, world.nowMs), shared);
    expect((await of())?.state.seq).toBe(9);
    // Somebody's clock is right and the text is old: it says so itself.
    for (const name of shared.texts.keys()) {
      shared.texts.set(name, JSON.stringify({ atMs: world.nowMs, value: state(3, 0) }));
    }
    world.nowMs += 3_000;
    expect((await of())?.state.seq).toBe(9);
  });

  test("replayed to an isolate that knows nothing is as old as it says: it lets nobody in", async () => {
    const shared = sharedMemory();
    const first = isolate(() => state(3, OPENS_MS), shared);
    await first.of();
    const second = isolate(() => state(3, OPENS_MS), shared);
    second.world.nowMs = OPENS_MS + STATE_DEAD_MS;
    const known = await second.of();
    if (known === null) throw new Error("it answers");
    const rank = { joinedAtMs: 0, draw: 0 };
    expect(isAdmitted(rank, known.state.threshold)).toBe(true);
    const at = { phase: "open", ageMs: known.ageMs } as const;
    expect(placeInLine(rank, known.state, at)).toEqual({ kind: "busy" });
  });

  test("with the controller down is the last one, and says how old it is", async () => {
    let isDown = false;
    const { world, of } = isolate(() => {
      if (isDown) throw new Error("the object is gone");
      return state(2, world.nowMs);
    });
    await of();
    isDown = true;
    world.nowMs += STATE_OLD_MS;
    await of();
    expect(await of()).toMatchObject({ state: { seq: 2 }, ageMs: STATE_OLD_MS });
  });

  test("is unknown where no controller ever answered: nobody is let in by a guess", async () => {
    const { of } = isolate(() => {
      throw new Error("the object is gone");
    });
    expect(await of()).toBeNull();
  });

  test("of a clock a moment ahead of ours is new, not of the future", async () => {
    const { world, of } = isolate(() => state(1, world.nowMs + 4_000));
    expect((await of())?.ageMs).toBe(0);
  });

  test("a controller that was never told of the drop, or of older terms, is told by who reads", async () => {
    const fresh = isolate(() => (fresh.world.configured.length === 0 ? null : state(0, OPENS_MS)));
    expect((await fresh.of())?.state.seq).toBe(0);
    expect(fresh.world.configured).toEqual([1]);
    const behind = isolate(() => state(1, OPENS_MS, { termsVersion: 0 as never }));
    await behind.of();
    expect(behind.world.configured).toEqual([1]);
  });
});
