import { dropPhase } from "../../domain/drop/drop.ts";
import { fractionOf } from "../../domain/drop/seed.ts";
import type { DropState } from "../../domain/drop/state.ts";
import {
  mintTicket,
  readTicket,
  type Ticket,
  type TicketSigner,
} from "../../domain/drop/ticket.ts";
import { fromBase64 } from "../../domain/encoding.ts";
import type { DropId } from "../../domain/ids.ts";
import { canonicalEmail } from "../../domain/email.ts";
import { CODE_TRIES, refusedOf, type Standing } from "../../domain/limits/limit-rules.ts";
import { isTurnedAway, isUnderPressure } from "../../domain/drop/line-cap.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { BookedDrop, DropDraws, DropStates, LineCounter } from "./drop-ports.ts";
import { isCode } from "../buyers/email-codes.ts";
import type { ChallengeOffer } from "../buyers/challenge-ports.ts";
import type { Vault } from "../ports.ts";
import type { ShopOpenPorts } from "../orders/order-guards/shop-open.ts";
import { provePerson, type ChallengePorts } from "../buyers/prove-person.ts";

interface Ports extends ChallengePorts, ShopOpenPorts {
  readonly vault: TicketSigner & Pick<Vault, "digestText">;
  readonly drops: {
    readonly draws: Pick<DropDraws, "identity" | "draw">;
    readonly states: DropStates;
    readonly line: LineCounter;
  };
}

export interface JoinRequest {
  readonly booked: BookedDrop;
  /** Normalised by domain/email. */
  readonly email: string;
  /** As it was typed; null where none was. */
  readonly code: string | null;
  /** The proof of a person, as the client sent it; null where none came. */
  readonly challenge: string | null;
  readonly network: string;
  /** The ticket that the client has already, if it has one: never made worse. */
  readonly held: string | null;
  readonly nowMs: number;
}

export interface Joined {
  readonly text: string;
  readonly ticket: Ticket;
  /** It is the one that the client had. */
  readonly isHeld: boolean;
  /** Null before the opening: nobody is told. */
  readonly draw: number | null;
  readonly state: DropState | null;
}

export type JoinRefusal =
  | { reason: "shop_closed" }
  | { reason: "drop_over"; status: "closed" | "sold_out" }
  | { reason: "code_required" }
  | { reason: "code_invalid" }
  /** Chance, and the same each time: whoever asks again hears it again. */
  | { reason: "line_full"; lineMax: number }
  | { reason: "challenge_required"; offer: ChallengeOffer }
  /** Codes were tried too often, or nobody can check proofs now and so many were let in without one. */
  | { reason: "too_many_requests"; standing: Standing };

/** What became of a request to join, in a word: a label of metrics. */
export function joinOutcome(joined: Result<Joined, JoinRefusal>): string {
  if (!joined.ok) return joined.error.reason;
  return joined.value.isHeld ? "kept" : "minted";
}

/** A ticket outlives its drop by so much: an edit before the opening may let the drop last longer. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/**
 * Gives a mailbox a place in a drop's line. Nothing is stored and no object is asked: the drop and its state
 * are what this isolate remembers, the place is a signature. Whoever joins again has the same draw; who comes
 * with the ticket that they hold keeps it, so that joining again late never makes an early place late.
 */
export async function joinLine(
  ports: Ports,
  request: JoinRequest,
): Promise<Result<Joined, JoinRefusal>> {
  const { booked, email, nowMs } = request;
  const { drop } = booked;
  const phase = dropPhase(drop, nowMs);
  const state = (await ports.drops.states.of(booked))?.state ?? null;
  if (phase === "closed") return err({ reason: "drop_over", status: "closed" });
  if (phase === "open" && state?.status === "sold_out") {
    return err({ reason: "drop_over", status: "sold_out" });
  }
  const { switches } = await ports.shopSettings(drop.merchantId);
  if (!switches.shop) return err({ reason: "shop_closed" });
  const identity = await ports.drops.draws.identity(drop.id, email);
  // Before the opening a draw would tell which of one's addresses are the lucky ones.
  const draw = phase === "open" ? await ports.drops.draws.draw(drop, identity) : null;
  const held = await heldTicket(ports.vault, request, identity);
  if (held !== null) return ok({ ...held, isHeld: true, draw, state });

  const heard = state === null ? 0 : state.line.early + state.line.lateWaiting;
  // In a burst the state is seconds behind: those whom this isolate has let join are in line as well.
  const people = heard + ports.drops.line.unheard(drop.id);
  const newcomer = { ...request, identity, people };
  // The one that asks a third party comes last.
  const refusal =
    (await unqualified(ports, newcomer)) ??
    (await turnedAway(ports, newcomer)) ??
    (await unproved(ports, newcomer));
  if (refusal !== null) return err(refusal);
  const expiresAtMs = drop.closesAtMs + KEPT_MS;
  const ticket: Ticket = { dropId: drop.id, identity, joinedAtMs: nowMs, expiresAtMs };
  const text = await mintTicket(ports.vault, ticket);
  ports.drops.line.joined(booked, ticket);
  return ok({ text, ticket, isHeld: false, draw, state });
}

async function heldTicket(
  signer: TicketSigner,
  { booked, held, nowMs }: JoinRequest,
  identity: string,
): Promise<{ text: string; ticket: Ticket } | null> {
  if (held === null) return null;
  const read = await readTicket(signer, held, { dropId: booked.drop.id, identity, nowMs });
  return read.ok ? { text: held, ticket: read.value } : null;
}

async function unqualified(
  { vault, limits }: Ports,
  { booked, email, code, nowMs }: JoinRequest,
): Promise<JoinRefusal | null> {
  const { id: dropId, policy } = booked.drop;
  if (policy.qualification === "none") return null;
  if (code === null) return { reason: "code_required" };
  // Before the code is looked at: six digits hold only against those who may not go on guessing.
  const tries = { rule: CODE_TRIES, key: `${dropId} ${canonicalEmail(email)}` };
  const standing = refusedOf(await limits.take([tries]));
  if (standing !== undefined) return { reason: "too_many_requests", standing };
  const good = await isCode(vault, { dropId, email, code }, nowMs);
  return good ? null : { reason: "code_invalid" };
}

interface Newcomer extends JoinRequest {
  readonly identity: string;
  /** In line, as far as the controller has heard. */
  readonly people: number;
}

async function turnedAway(
  { vault }: Ports,
  { booked: { drop }, identity, people }: Newcomer,
): Promise<JoinRefusal | null> {
  const { lineMax } = drop.policy;
  // Nearly always: the lot is drawn only where it matters.
  if (lineMax === null || people <= lineMax) return null;
  const lot = await lotOf(vault, drop.id, identity);
  return isTurnedAway(lot, people, lineMax) ? { reason: "line_full", lineMax } : null;
}

async function unproved(ports: Ports, newcomer: Newcomer): Promise<JoinRefusal | null> {
  const { booked, email, network, challenge: response, identity, people } = newcomer;
  const { id, merchantId, quantity, policy } = booked.drop;
  const pressed = policy.challenge === "pressure" && isUnderPressure(people, quantity);
  if (policy.challenge !== "always" && !pressed) return null;
  const subject = `${id} ${identity}`;
  const person = { merchantId, network, email, response, action: "ticket", subject } as const;
  const proved = await provePerson(ports, person);
  switch (proved.kind) {
    case "proved":
      return null;
    case "unproved":
      return { reason: "challenge_required", offer: proved.offer };
    case "too_many":
      return { reason: "too_many_requests", standing: proved.standing };
    default:
      return proved satisfies never;
  }
}

/** Of a secret of its own, and not of the seed: to be turned away tells nothing of one's draw. */
async function lotOf(
  vault: Pick<Vault, "digestText">,
  dropId: DropId,
  identity: string,
): Promise<number> {
  const digest = fromBase64(await vault.digestText("line-lot", `${dropId}\n${identity}`));
  if (digest === null) throw new Error("a digest is base 64");
  return fractionOf(digest);
}
