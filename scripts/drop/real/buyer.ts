import { noticePath } from "../../shop-client.ts";
import { pollAfterMs } from "../../../src/domain/drop/poll.ts";
import type { DropState, Place } from "../../../src/domain/drop/state.ts";
import { placeInLine } from "../../../src/domain/drop/state.ts";
import type { Funnel } from "../funnel.ts";
import type { Pool } from "./pool.ts";

/** What one who stands in a real line means to do. */
export interface Plans {
  readonly number: number;
  readonly email: string;
  readonly joinsAtMs: number;
  readonly orders: boolean;
  readonly pays: boolean;
  /** Tries to order before their turn; shows a ticket that was changed; orders again with a spent one. */
  readonly trick: "none" | "early_order" | "forged" | "twice";
}

/** What they were told: the auditor's evidence. */
export interface Told {
  readonly plans: Plans;
  ticket: string | null;
  identity: string | null;
  isEarly: boolean;
  draw: number | null;
  joinedAtMs: number;
  order: { id: string; token: string; expiresAtMs: number } | null;
  /** When the gateway's notice was answered "success"; null where it was not, or none was sent. */
  paidAtMs: number | null;
  keys: readonly string[];
  /** How they were refused where they should be, by code. */
  refused: string[];
  heardSoldOut: boolean;
}

export interface Line {
  readonly pool: Pool;
  readonly dropId: string;
  readonly productId: string;
  readonly accountId: string;
  readonly opensAtMs: number;
  readonly funnel: Funnel;
  readonly random: () => number;
  /** Resolves after so long, or at once when the drop is over and only the end is to be heard. */
  readonly pause: (ms: number) => Promise<void>;
  /** Answers that nothing explains. */
  readonly oddities: string[];
}

const PRICE = "10.00";
const TRIES_MAX = 40;
/** All of them on one machine: over what they come back once it opens. */
const OPENING_SPREAD_MS = 20_000;

/** A whole life in line, over HTTP: join, wait, enter, order, pay, hold the key. */
export async function standInLine(line: Line, plans: Plans): Promise<Told> {
  const record: Told = {
    plans,
    ticket: null,
    identity: null,
    isEarly: false,
    draw: null,
    joinedAtMs: 0,
    order: null,
    paidAtMs: null,
    keys: [],
    refused: [],
    heardSoldOut: false,
  };
  const { funnel } = line;
  await line.pause(plans.joinsAtMs - Date.now());
  funnel.arrived++;
  if (!(await join(line, record))) return record;
  funnel.queued++;
  if (plans.trick === "early_order" || plans.trick === "forged") await orderInVain(line, record);
  if (plans.trick === "forged") return record;
  // The countdown ends for each at a moment of its own (domain/drop/poll).
  await line.pause(line.opensAtMs - Date.now() + line.random() * OPENING_SPREAD_MS);
  // Draws are told after the opening, to whoever shows their ticket.
  if (record.draw === null && !(await join(line, record))) return record;
  await wait(line, record);
  return record;
}

async function join(line: Line, record: Told): Promise<boolean> {
  const { email, number } = record.plans;
  const body = record.ticket === null ? { email } : { email, ticket: record.ticket };
  const path = `/api/v1/drops/${line.dropId}/tickets`;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const answer = await line.pool.ask(posted(path, number, body));
    if (answer.status === 201) {
      const ticket = JSON.parse(answer.body) as {
        ticket: string;
        identity: string;
        place: string;
        draw: number | null;
        joined_at: string;
      };
      record.ticket = ticket.ticket;
      record.identity = ticket.identity;
      record.draw = ticket.draw;
      record.isEarly = ticket.place === "early";
      record.joinedAtMs = Date.parse(ticket.joined_at);
      return true;
    }
    const code = codeOf(answer.body);
    if (code === "drop_over") record.heardSoldOut = true;
    if (code === "drop_over" || code === "too_many_requests") {
      record.refused.push(code);
      return false;
    }
    if (answer.status !== 503 && answer.status !== 0) odd(line, "join", answer);
    await line.pause(500 + line.random() * 1_000);
  }
  return false;
}

/** Polls the state that everyone is shown, and works out the own place from it, as the reference says. */
async function wait(line: Line, record: Told): Promise<void> {
  let isIn = false;
  for (;;) {
    const state = await readState(line);
    if (state === null) {
      await line.pause(1_000 + line.random() * 1_000);
      continue;
    }
    const place = placeOf(record, state);
    if (place.kind === "sold_out" || place.kind === "closed") {
      record.heardSoldOut = true;
      return;
    }
    if (!isIn && (place.kind === "admitted" || place.kind === "all_held")) {
      isIn = true;
      line.funnel.admitted++;
      if (!record.plans.orders) return;
    }
    if (place.kind === "admitted" && (await order(line, record))) return;
    const at = { opensAtMs: line.opensAtMs, nowMs: Date.now() };
    line.funnel.polls++;
    await line.pause(pollAfterMs(place, at, line.random()) ?? 1_000);
  }
}

function placeOf(record: Told, state: DropState): Place {
  const { isEarly, joinedAtMs, draw } = record;
  const rank = { joinedAtMs: isEarly ? 0 : joinedAtMs, draw: draw ?? 1 };
  const phase = state.status === "sold_out" ? "open" : state.status;
  return placeInLine(rank, state, { phase, ageMs: 0 });
}

async function readState(line: Line): Promise<DropState | null> {
  const answer = await line.pool.ask({ method: "GET", path: `/api/v1/drops/${line.dropId}/state` });
  if (answer.status !== 200) {
    if (answer.status !== 503 && answer.status !== 0) odd(line, "state", answer);
    return null;
  }
  const json = JSON.parse(answer.body) as StateJson;
  const until = json.threshold.late_until;
  return {
    seq: json.seq,
    status: json.status,
    threshold: {
      early: json.threshold.early,
      lateUntilMs: until === null ? null : Date.parse(until),
    },
    remaining: json.remaining,
    held: json.held,
    line: { early: json.line.early, lateWaiting: json.line.late_waiting },
    admittedPerSecond: json.admitted_per_second,
    atMs: Date.parse(json.at),
    opensAtMs: Date.parse(json.opens_at),
    closesAtMs: Date.parse(json.closes_at),
    termsVersion: 1,
  };
}

interface StateJson {
  readonly seq: number;
  readonly status: DropState["status"];
  readonly threshold: { readonly early: number; readonly late_until: string | null };
  readonly remaining: number;
  readonly held: number;
  readonly line: { readonly early: number; readonly late_waiting: number };
  readonly admitted_per_second: number;
  readonly at: string;
  readonly opens_at: string;
  readonly closes_at: string;
}

/** True where there is nothing more to do: the order is theirs, or they may not have one. */
async function order(line: Line, record: Told): Promise<boolean> {
  await line.pause(200 + line.random() * 1_800);
  const { number } = record.plans;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const request = posted(
      "/api/v1/orders",
      number,
      orderBody(line, record),
      `drop-buyer-${number}`,
    );
    // Impatient fingers press twice: it is one order.
    const answers = await Promise.all(
      Array.from({ length: line.random() < 0.05 ? 2 : 1 }, () => line.pool.ask(request, true)),
    );
    const placed = answers.find(({ status }) => status === 201);
    if (placed !== undefined) {
      await hold(line, record, JSON.parse(placed.body) as Placed);
      return true;
    }
    const answer = answers[0] ?? { status: 0, body: "" };
    const code = codeOf(answer.body);
    if (code === "sold_out") {
      line.funnel.emptyHanded++;
      return false;
    }
    if (code === "ticket_used" || code === "limit_reached" || code === "not_on_sale") {
      line.funnel.spent++;
      record.refused.push(code);
      return true;
    }
    // Another isolate may know a second less.
    if (code !== "ticket_not_admitted" && answer.status !== 503 && answer.status !== 0) {
      odd(line, "order", answer);
    }
    await line.pause(1_000 + line.random() * 1_000);
  }
  return true;
}

interface Placed {
  readonly id: string;
  readonly access_token: string;
  readonly expires_at: string;
}

async function hold(line: Line, record: Told, placed: Placed): Promise<void> {
  const { number, pays, trick } = record.plans;
  line.funnel.reserved++;
  const { id, access_token: token, expires_at: expiresAt } = placed;
  record.order = { id, token, expiresAtMs: Date.parse(expiresAt) };
  if (trick === "twice") await orderInVain(line, record);
  if (!pays) return;
  await line.pause(500 + line.random() * 4_000);
  const notice = { orderId: id, tradeNo: `drop-${number}`, money: PRICE };
  const path = noticePath(line.accountId, notice);
  for (let tries = 0; tries < TRIES_MAX && record.paidAtMs === null; tries++) {
    const told = await line.pool.ask({ method: "GET", path }, true);
    if (told.status === 200 && told.body === "success") record.paidAtMs = Date.now();
    else await line.pause(500);
  }
  if (record.paidAtMs === null) return;
  line.funnel.paid++;
  line.funnel.lastSaleMs = record.paidAtMs - line.opensAtMs;
}

/** An order that must be refused: before the turn, with a changed ticket, or with a spent one. */
async function orderInVain(line: Line, record: Told): Promise<void> {
  const { number, trick } = record.plans;
  const changed =
    trick === "forged"
      ? { ticket: `${record.ticket?.slice(0, -1)}${record.ticket?.endsWith("A") ? "B" : "A"}` }
      : {};
  const body = { ...orderBody(line, record), ...changed };
  const request = posted("/api/v1/orders", number, body, `drop-trick-${trick}-${number}`);
  let answer = await line.pool.ask(request, true);
  for (let tries = 0; answer.status === 503 && tries < TRIES_MAX; tries++) {
    await line.pause(500 + line.random() * 1_000);
    answer = await line.pool.ask(request, true);
  }
  record.refused.push(answer.status === 201 ? "NOT REFUSED" : codeOf(answer.body));
  if (trick === "forged") line.funnel.forged++;
}

function orderBody({ productId }: Line, { plans, ticket }: Told) {
  const { email } = plans;
  return { product_id: productId, quantity: 1, email, payment_method: "epay", ticket };
}

function posted(path: string, number: number, body: object, key?: string) {
  return {
    method: "POST" as const,
    path,
    headers: {
      "content-type": "application/json",
      // Buyers are all over the place: an address of their own for each two hundred and fifty of them.
      "cf-connecting-ip": `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      ...(key === undefined ? {} : { "idempotency-key": `${key}-0123456789` }),
    },
    body: JSON.stringify(body),
  };
}

function codeOf(body: string): string {
  return /"code":"(\w+)"/.exec(body)?.[1] ?? "";
}

function odd(line: Line, what: string, { status, body }: { status: number; body: string }): void {
  if (line.oddities.length < 20) line.oddities.push(`${what}: ${status} ${body.slice(0, 200)}`);
}
