import type { BookedDrop } from "../../src/flows/drops/drop-ports.ts";
import { pollAfterMs } from "../../src/domain/drop/poll.ts";
import { isEarly, type Rank } from "../../src/domain/drop/rank.ts";
import type { Drop } from "../../src/domain/drop/drop.ts";
import type { DropId, MerchantId, ProductId } from "../../src/domain/ids.ts";
import { seededRandom } from "../rehearse/random.ts";
import { Edges } from "./edges.ts";
import { NO_FAULT, type Fault } from "./faults.ts";
import { Funnel } from "./funnel.ts";
import { Objects } from "./objects.ts";
import { emailOf, makePeople, NEVER, type People } from "./people.ts";
import { CROWD, KIND, type Plan } from "./plan.ts";
import { settled, Timers } from "./timers.ts";
import { SLOT_MS, Wheel } from "./wheel.ts";

const START_MS = Date.UTC(2026, 10, 25, 11, 50);
const OPENS_MS = START_MS + CROWD.joinMs;
const UNTIL_MS = CROWD.joinMs + 2 * 3_600_000;
const TICKET_CHARACTERS = 128;
const LATE_PAYMENT_MS = 30_000;

/** What a person does next. */
const ACT = { join: 0, poll: 1, order: 2, pay: 3 } as const;

export interface Played {
  readonly plan: Plan;
  readonly people: People;
  readonly funnel: Funnel;
  /** By person: 0, or 1 who holds a key. */
  readonly won: Uint8Array;
  /** By person: the draw of an early one; NaN of anyone else. */
  readonly draws: Float64Array;
  readonly audit: ReturnType<Objects["audit"]>;
  readonly status: string;
  /** Times that a published threshold was lower than one before it. */
  readonly fell: number;
  readonly forgedIn: number;
}

/** Plays a drop from ten minutes before its opening until it is over. The same plan gives the same play. */
export async function simulate(
  plan: Plan,
  fault: Fault = NO_FAULT,
  progress: (seconds: number, funnel: Funnel) => void = () => {},
): Promise<Played> {
  const people = makePeople(plan);
  const random = seededRandom(plan.seed + 1_000_003);
  const timers = new Timers(START_MS);
  const booked = bookedDrop(plan);
  const objects = new Objects({
    terms: { productNumber: 7, drop: productDrop(booked.drop) },
    keys: plan.keys,
    now: () => timers.nowMs(),
    fault,
  });
  const seed = Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256));
  const edges = new Edges({
    booked,
    seed,
    timers,
    isolates: plan.isolates,
    controller: objects.controller,
    random,
    fault,
  });
  const wheel = new Wheel(people.count, UNTIL_MS);
  const funnel = new Funnel();
  const act = new Uint8Array(people.count);
  const joinedAt = new Float64Array(people.count);
  const draws = new Float64Array(people.count).fill(Number.NaN);
  const byEmail = new Map<string, number>();
  const won = new Uint8Array(people.count);
  const isIn = new Uint8Array(people.count);
  const isKnown = new Uint8Array(people.count);
  const tickets = Buffer.alloc(people.count * TICKET_CHARACTERS);
  const ticketLength = new Uint8Array(people.count);
  let [fell, forgedIn, early, lateUntil] = [0, 0, 0, 0];

  const ticketOf = (person: number): string => {
    const from = person * TICKET_CHARACTERS;
    return tickets.toString("latin1", from, from + (ticketLength[person] ?? 0));
  };
  const rank = (person: number): Rank => ({
    joinedAtMs: joinedAt[person] ?? 0,
    draw: draws[person] ?? 0,
  });
  const then = (person: number, what: number, ms: number) => {
    act[person] = what;
    wheel.at(ms, person);
  };

  async function join(person: number, atMs: number): Promise<void> {
    funnel.arrived++;
    let text = await edges.join(person, emailOf(people, person));
    // A forger changes one character of what somebody else has: the last of the identity, or of the MAC.
    if (people.kind[person] === KIND.forger) {
      const place = person % 2 === 0 ? text.length - 1 : 40;
      text = text.slice(0, place) + (text[place] === "A" ? "B" : "A") + text.slice(place + 1);
    } else funnel.queued++;
    tickets.write(text, person * TICKET_CHARACTERS, "latin1");
    ticketLength[person] = text.length;
    const left = CROWD.joinMs - atMs;
    if (left <= 0) return then(person, ACT.poll, atMs + 1_000);
    // The countdown runs in the page: what is asked meanwhile changes nothing, and is left out here.
    const at = { opensAtMs: OPENS_MS, nowMs: OPENS_MS - Math.min(left, 30_000) };
    const pollMs = pollAfterMs({ kind: "upcoming" }, at, random()) ?? 0;
    return then(person, ACT.poll, at.nowMs - START_MS + pollMs);
  }

  async function poll(person: number, atMs: number): Promise<void> {
    funnel.polls++;
    if (atMs >= (people.leavesAt[person] ?? NEVER)) return void funnel.left++;
    // The first time the ticket is read and the draw is drawn; afterwards the same would come of it.
    if (isKnown[person] === 0) {
      const shown = await edges.rank(ticketOf(person), null);
      if (shown === null) return void funnel.forged++;
      if (people.kind[person] === KIND.forger) forgedIn++;
      isKnown[person] = 1;
      joinedAt[person] = shown.rank.joinedAtMs;
      draws[person] = shown.rank.draw;
    }
    const place = edges.place(person, rank(person));
    const isLetIn = place.kind === "admitted" || place.kind === "all_held";
    if (isLetIn && isIn[person] === 0) {
      isIn[person] = 1;
      funnel.admitted++;
      if (people.orders[person] === 0) return;
    }
    if (place.kind === "admitted") {
      return then(person, ACT.order, atMs + (people.ordersAfter[person] ?? 0));
    }
    const at = { opensAtMs: OPENS_MS, nowMs: timers.nowMs() };
    const afterMs = pollAfterMs(place, at, random());
    if (afterMs !== null) then(person, ACT.poll, atMs + afterMs);
  }

  async function order(person: number, atMs: number): Promise<void> {
    const email = emailOf(people, person);
    // As the order path does: the ticket again, now with the mailbox that it was made for.
    const shown = await edges.rank(ticketOf(person), email);
    if (shown === null) return void funnel.forged++;
    const { identity } = shown;
    const ticket = { dropId: booked.drop.id, identity };
    if (random() < CROWD.repeated) objects.look();
    const outcome = objects.reserve(person, { email, ticket });
    if (outcome === "sold_out") {
      funnel.emptyHanded++;
      return then(person, ACT.poll, atMs + 1_000 + random() * 1_000);
    }
    if (outcome !== "reserved") return void funnel.spent++;
    funnel.reserved++;
    byEmail.set(email, person);
    objects.look();
    if (people.pays[person] === 1) then(person, ACT.pay, atMs + (people.paysAfter[person] ?? 0));
    else if (people.pays[person] === 2) {
      then(person, ACT.pay, atMs + plan.holdSeconds * 1_000 + LATE_PAYMENT_MS);
    }
  }

  function pay(person: number): void {
    objects.look();
    if (random() < CROWD.repeated) objects.pay(person);
    objects.pay(person);
  }

  for (let person = 0; person < people.count; person++) {
    then(person, ACT.join, people.joinsAt[person] ?? 0);
  }
  let status = "upcoming";
  let endsAtSlot = Math.ceil(UNTIL_MS / SLOT_MS);
  for (let slot = 0; slot < endsAtSlot; slot++) {
    const atMs = slot * SLOT_MS;
    await timers.moveTo(START_MS + atMs);
    objects.ring();
    await edges.refresh();
    for (const person of wheel.take(slot)) {
      const what = act[person];
      if (what === ACT.poll) await poll(person, atMs);
      else if (what === ACT.join) await join(person, atMs);
      else if (what === ACT.order) await order(person, atMs);
      else pay(person);
    }
    if (atMs % 1_000 !== 900) continue;
    const state = objects.state();
    const second = Math.floor(atMs / 1_000);
    const { sold } = objects.stock;
    if (sold > funnel.paid) funnel.lastSaleMs = atMs - CROWD.joinMs;
    funnel.paid = sold;
    if (state !== null) {
      status = state.status;
      const { threshold } = state;
      if (threshold.early < early || (threshold.lateUntilMs ?? 0) < lateUntil) fell++;
      early = threshold.early;
      lateUntil = threshold.lateUntilMs ?? 0;
    }
    funnel.close(second, objects.stockRequests, {
      remaining: state?.remaining ?? 0,
      held: state?.held ?? 0,
    });
    progress(second - CROWD.joinMs / 1_000, funnel);
    // Those who wait are told within a poll; the picture needs a minute more and no more than that.
    if (status === "sold_out") endsAtSlot = Math.min(endsAtSlot, slot + 60_000 / SLOT_MS);
    if (second % 60 === 0) {
      await settled();
    }
  }
  for (let person = 0; person < people.count; person++) {
    if (!isEarly(rank(person))) draws[person] = Number.NaN;
  }
  const audit = objects.audit();
  for (const email of audit.buyers) won[byEmail.get(email) ?? -1] = 1;
  return { plan, people, funnel, won, draws, audit, status, fell, forgedIn };
}

function bookedDrop(plan: Plan): BookedDrop {
  const drop: Drop = {
    id: "drop_0123456789abcdefghjk" as DropId,
    merchantId: "mer_00000000000000000001" as MerchantId,
    productId: "prd_00000000000000000001" as ProductId,
    version: 1,
    opensAtMs: OPENS_MS,
    closesAtMs: OPENS_MS + 4 * 3_600_000,
    closedAtMs: null,
    quantity: plan.keys,
    perBuyer: 1,
    holdSeconds: plan.holdSeconds,
    policy: { lineMax: null, qualification: "none", challenge: "never" },
    commitment: "",
    sealedSeed: "",
  };
  const { id: dropId, version, opensAtMs, closesAtMs, closedAtMs, quantity } = drop;
  const times = { opensAtMs, closesAtMs, closedAtMs };
  return { drop, terms: { dropId, version, ...times, quantity, productNumber: 7, shards: 1 } };
}

function productDrop(drop: Drop) {
  const { id, opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds } = drop;
  return { id, opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds };
}
