import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type {
  DropControllerRpc,
  LineReport,
} from "../../durable-objects/drop-controller/contract.ts";
import { estimate } from "../../src/domain/memory/hyperloglog.ts";
import type { DropId } from "../../src/domain/ids.ts";
import type { BookedDrop } from "../../src/flows/drops/drop-ports.ts";
import { makeLineCounter } from "../../src/platform/line-counter.ts";

const ID = "drop_0123456789abcdefghjk" as DropId;
const OPENS_MS = 1_000_000;
const BOOKED = { drop: { id: ID, opensAtMs: OPENS_MS }, terms: {} } as BookedDrop;

const identities = Array.from({ length: 50 }, (_, person) =>
  createHash("sha256").update(`${person}`).digest().subarray(0, 16).toString("base64url"),
);
const ticket = (person: number, joinedAtMs: number) => ({
  dropId: ID,
  identity: identities[person] ?? "",
  joinedAtMs,
  expiresAtMs: OPENS_MS * 2,
});

function counter(answer: (report: LineReport) => { reportAfterMs: number } | null) {
  const world = { nowMs: OPENS_MS, waits: [] as number[], ring: () => {}, configured: 0 };
  const controller: DropControllerRpc = {
    state: () => Promise.resolve(null),
    configure: async () => (world.configured++, { version: 1 }),
    report: async (report) => answer({ ...report, early: report.early.slice() }),
  };
  const line = makeLineCounter(
    { of: () => controller },
    {
      nowMs: () => world.nowMs,
      wait: (ms) => {
        world.waits.push(ms);
        return new Promise((resolve) => {
          world.ring = resolve;
        });
      },
      keepAlive: () => {},
    },
    () => 0.5,
  );
  const report = async () => {
    world.ring();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { world, line, report };
}

describe("who counts those who join", () => {
  test("tells the controller seconds later, once for many", async () => {
    const reports: LineReport[] = [];
    const { world, line, report } = counter(
      (sent) => (reports.push(sent), { reportAfterMs: 8_000 }),
    );
    for (let person = 0; person < 50; person++) line.joined(BOOKED, ticket(person, OPENS_MS - 9));
    expect(world.waits).toEqual([1_500]);
    await report();
    expect(reports).toHaveLength(1);
    expect(Math.abs(estimate(reports[0]?.early ?? new Uint8Array()) - 50)).toBeLessThan(2);

    line.joined(BOOKED, ticket(3, OPENS_MS - 1));
    expect(world.waits, "someone who is counted already is no news").toHaveLength(1);
    line.joined(BOOKED, ticket(3, OPENS_MS + 1_500));
    expect(world.waits, "the controller says how often").toEqual([1_500, 6_000]);
    await report();
    expect(reports[1]?.lateTickets).toEqual([{ second: 1, tickets: 1 }]);
  });

  test("knows whom the controller cannot have told of yet: since the last report, and those of it", async () => {
    const { line, report } = counter(() => ({ reportAfterMs: 8_000 }));
    for (let person = 0; person < 5; person++) line.joined(BOOKED, ticket(person, OPENS_MS - 9));
    expect(line.unheard(ID)).toBe(5);
    await report();
    expect(line.unheard(ID)).toBe(5);
    for (let person = 5; person < 8; person++) line.joined(BOOKED, ticket(person, OPENS_MS - 9));
    expect(line.unheard(ID)).toBe(8);
    await report();
    expect(line.unheard(ID)).toBe(3);
  });

  test("puts back what a lost report would have told of the late line", async () => {
    let isDown = true;
    const reports: LineReport[] = [];
    const { line, report } = counter((sent) => {
      if (isDown) throw new Error("the object is gone");
      reports.push(sent);
      return { reportAfterMs: 3_000 };
    });
    line.joined(BOOKED, ticket(1, OPENS_MS + 100));
    await report();
    isDown = false;
    line.joined(BOOKED, ticket(2, OPENS_MS + 200));
    await report();
    expect(reports.map((sent) => sent.lateTickets)).toEqual([[{ second: 0, tickets: 2 }]]);
  });

  test("tells a controller of its drop that knows none", async () => {
    let told = 0;
    const { world, line, report } = counter(() => (told++ === 0 ? null : { reportAfterMs: 3_000 }));
    line.joined(BOOKED, ticket(1, OPENS_MS - 1));
    await report();
    expect(world.configured).toBe(1);
    expect(told).toBe(2);
  });

  test("a sender that was lost with its request is replaced by a later ticket's", () => {
    const { world, line } = counter(() => null);
    line.joined(BOOKED, ticket(1, OPENS_MS - 1));
    line.joined(BOOKED, ticket(2, OPENS_MS - 1));
    expect(world.waits).toHaveLength(1);
    world.nowMs += 60_000;
    line.joined(BOOKED, ticket(4, OPENS_MS - 1));
    expect(world.waits).toHaveLength(2);
  });
});
