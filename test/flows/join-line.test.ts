import { describe, expect, test } from "vitest";
import type { DropPolicy } from "../../src/domain/drop/drop.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import { readTicket } from "../../src/domain/drop/ticket.ts";
import type { DropId } from "../../src/domain/ids.ts";
import type { ChallengeVerdict } from "../../src/flows/buyers/challenge-ports.ts";
import { joinLine, type JoinRequest } from "../../src/flows/drops/join-line.ts";
import { DROP, memoryDrops, stateOf } from "../support/node/memory-drops.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { NOW_MS } from "../store/fixtures.ts";

const OPENS_MS = NOW_MS + 60_000;
const CLOSES_MS = OPENS_MS + 3_600_000;
const EMAIL = "ann@example.com";

/** A line before its opening; `verdict` is what the verifier of challenges says, where there is one. */
async function lineOf(policy: Partial<DropPolicy> = {}, verdict: ChallengeVerdict | null = null) {
  const { vault, entropy, clock, limits, shopSettings } = memoryShop();
  const open: DropPolicy = { lineMax: null, qualification: "none", challenge: "never" };
  const drops = await memoryDrops({
    vault,
    entropy,
    clock,
    drop: { opensAtMs: OPENS_MS, closesAtMs: CLOSES_MS, policy: { ...open, ...policy } },
  });
  const counted: string[] = [];
  /** The controller says nothing yet of those who have joined. */
  const burst = { isOn: false };
  const line = {
    joined: (_: unknown, { identity }: { identity: string }) => counted.push(identity),
    unheard: () => (burst.isOn ? counted.length : 0),
  };
  const offer = { provider: "test", siteKey: "key", script: "/x.js" };
  const asked: unknown[] = [];
  const verify = (proof: unknown) => {
    asked.push(proof);
    return Promise.resolve(verdict ?? { kind: "passed" as const });
  };
  const challenge = verdict === null ? null : { offer, verify };
  const ports = { vault, limits, shopSettings, challenge, drops: { ...drops, line } };
  return {
    vault,
    drops,
    counted,
    burst,
    asked,
    people(early: number, changes: Partial<DropState> = {}) {
      const crowd = { line: { early, lateWaiting: 0 }, ...changes };
      drops.published.state = stateOf(drops.booked.drop, crowd);
    },
    join: (changes: Partial<JoinRequest> = {}) =>
      joinLine(ports as unknown as Parameters<typeof joinLine>[0], {
        booked: drops.booked,
        email: EMAIL,
        code: null,
        challenge: null,
        network: "192.0.2.1",
        held: null,
        nowMs: NOW_MS,
        ...changes,
      }),
  };
}

describe("whoever joins", () => {
  test("gets a genuine ticket of their mailbox and this drop, counted once", async () => {
    const line = await lineOf();
    const joined = await line.join();
    if (!joined.ok) throw new Error(joined.error.reason);
    const identity = await line.drops.draws.identity(DROP, EMAIL);
    const use = { dropId: DROP, identity, nowMs: NOW_MS };
    expect(await readTicket(line.vault, joined.value.text, use)).toEqual({
      ok: true,
      value: joined.value.ticket,
    });
    expect(joined.value.ticket.joinedAtMs).toBe(NOW_MS);
    expect(line.counted).toEqual([identity]);
  });

  test("is told a draw from the opening on and not before, and it is the one of every ticket", async () => {
    const line = await lineOf();
    const before = await line.join();
    expect(before).toMatchObject({ value: { draw: null } });
    const early = before.ok ? before.value.text : "";
    const later = await line.join({ held: early, nowMs: OPENS_MS });
    const late = await line.join({ nowMs: OPENS_MS + 5_000 });
    const identity = await line.drops.draws.identity(DROP, EMAIL);
    const draw = await line.drops.draws.draw(line.drops.booked.drop, identity);
    for (const joined of [later, late]) expect(joined).toMatchObject({ value: { draw } });
  });

  test("with a ticket that they hold keeps it, however late, and is not counted again", async () => {
    const line = await lineOf({ qualification: "email_code" }, { kind: "failed", codes: [] });
    const held = await line.drops.ticket(EMAIL, NOW_MS - 1_000);
    const joined = await line.join({ held, nowMs: OPENS_MS + 10_000 });
    expect(joined).toMatchObject({
      value: { text: held, isHeld: true, ticket: { joinedAtMs: NOW_MS - 1_000 } },
    });
    expect(line.counted).toEqual([]);
  });

  test("with a ticket that is not theirs, or none, gets one of their own", async () => {
    const line = await lineOf();
    const others = [
      await line.drops.ticket("bob@example.com", NOW_MS - 1_000),
      await line.drops.ticket(EMAIL, NOW_MS - 1_000, {
        dropId: "drop_00000000000000000002" as DropId,
      }),
      await line.drops.ticket(EMAIL, NOW_MS - 1_000, { expiresAtMs: NOW_MS }),
      "kt1.nonsense",
      "",
    ];
    for (const held of others) {
      const joined = await line.join({ held });
      expect(joined).toMatchObject({ value: { isHeld: false, ticket: { joinedAtMs: NOW_MS } } });
      expect(joined.ok && joined.value.text).not.toBe(held);
    }
  });

  test("when it is over hears so: by time, or because the last key is sold", async () => {
    const line = await lineOf();
    expect(await line.join({ nowMs: CLOSES_MS })).toEqual({
      ok: false,
      error: { reason: "drop_over", status: "closed" },
    });
    line.people(5, { status: "sold_out" });
    expect(await line.join({ nowMs: OPENS_MS + 1 })).toEqual({
      ok: false,
      error: { reason: "drop_over", status: "sold_out" },
    });
    // No controller decides what has not begun.
    expect((await line.join()).ok).toBe(true);
  });

  test("while nobody has heard of the controller joins all the same", async () => {
    const line = await lineOf({ lineMax: 100 });
    line.drops.published.state = null;
    expect((await line.join()).ok).toBe(true);
  });
});

describe("a code that proves the address", () => {
  test("is asked for where the drop says so, and only a good one opens", async () => {
    const line = await lineOf({ qualification: "email_code" });
    expect(await line.join()).toMatchObject({ error: { reason: "code_required" } });
    for (const code of ["", "000000", "12345", "abcdef", "1".repeat(60)]) {
      expect(await line.join({ code })).toMatchObject({ error: { reason: "code_invalid" } });
    }
    expect(line.counted).toEqual([]);
  });
});

describe("a line beyond its cap", () => {
  const crowd = Array.from({ length: 200 }, (_, n) => `person-${n}@example.com`);
  const refusedOf = async (line: Awaited<ReturnType<typeof lineOf>>) => {
    const answers = await Promise.all(crowd.map((email) => line.join({ email })));
    return new Set(crowd.filter((_, n) => answers[n]?.ok === false));
  };

  test("turns away by chance, the same people each time, whichever way they write their mailbox", async () => {
    const line = await lineOf({ lineMax: 1_000 });
    line.people(1_000);
    expect((await refusedOf(line)).size).toBe(0);
    line.people(1_125);
    const first = await refusedOf(line);
    expect(first.size).toBeGreaterThan(60);
    expect(first.size).toBeLessThan(140);
    expect(await refusedOf(line)).toEqual(first);
    const [name = ""] = first;
    const email = name.replace("@", "+again@");
    expect(await line.join({ email })).toEqual({
      ok: false,
      error: { reason: "line_full", lineMax: 1_000 },
    });
    line.people(1_250);
    expect((await refusedOf(line)).size).toBe(crowd.length);
  });

  test("holds in a burst, too: who joined here a moment ago is in line before the controller has said so", async () => {
    const line = await lineOf({ lineMax: 100 });
    line.burst.isOn = true;
    line.people(0);
    let joined = 0;
    // One after the other: each is in line before the next one asks.
    for (const email of crowd) joined += Number((await line.join({ email })).ok);
    expect(joined).toBeGreaterThanOrEqual(100);
    expect(joined).toBeLessThanOrEqual(126);
  });

  test("says nothing of anyone's draw: who is turned away would have drawn like those who are not", async () => {
    const line = await lineOf({ lineMax: 1_000 });
    line.people(1_125);
    const refused = await refusedOf(line);
    const draws = await Promise.all(
      crowd.map(async (email) => {
        const identity = await line.drops.draws.identity(DROP, email);
        return line.drops.draws.draw(line.drops.booked.drop, identity);
      }),
    );
    const mean = (of: number[]) => of.reduce((sum, draw) => sum + draw, 0) / of.length;
    const away = draws.filter((_, n) => refused.has(crowd[n] ?? ""));
    const stay = draws.filter((_, n) => !refused.has(crowd[n] ?? ""));
    // Of 100 fair draws each, the means differ by more than 0.16 once in ten thousand times.
    expect(Math.abs(mean(away) - mean(stay))).toBeLessThan(0.2);
  });

  test("does not turn away who stands in it", async () => {
    const line = await lineOf({ lineMax: 1_000 });
    line.people(10_000);
    const held = await line.drops.ticket(EMAIL, NOW_MS);
    expect((await line.join({ held })).ok).toBe(true);
    expect((await line.join()).ok).toBe(false);
  });
});

describe("a proof of a person", () => {
  test.each<[DropPolicy["challenge"], number, boolean]>([
    ["never", 1_000_000, false],
    ["pressure", 10, false],
    ["pressure", 11, true],
    ["always", 0, true],
  ])("with %s and %d people before ten keys: asked for: %s", async (challenge, people, isAsked) => {
    const line = await lineOf({ challenge }, { kind: "failed", codes: [] });
    line.people(people);
    const joined = await line.join({ challenge: "no-proof" });
    expect(joined.ok).toBe(!isAsked);
    expect(line.asked.length).toBe(isAsked ? 1 : 0);
    if (!joined.ok) expect(joined.error).toMatchObject({ reason: "challenge_required" });
  });

  test("that passes opens, is for this place only, and comes after what costs nothing", async () => {
    const line = await lineOf({ challenge: "always", lineMax: 100 }, { kind: "passed" });
    expect((await line.join({ challenge: "proof" })).ok).toBe(true);
    const identity = await line.drops.draws.identity(DROP, EMAIL);
    expect(line.asked).toEqual([
      { response: "proof", action: "ticket", subject: `${DROP} ${identity}` },
    ]);
    line.people(1_000);
    expect(await line.join({ challenge: "proof" })).toMatchObject({
      error: { reason: "line_full" },
    });
    expect(line.asked.length).toBe(1);
  });
});
