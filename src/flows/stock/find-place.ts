import { dropPhase } from "../../domain/drop/drop.ts";
import { pollAfterMs } from "../../domain/drop/poll.ts";
import { rankOf, type Rank } from "../../domain/drop/rank.ts";
import { NO_PLACE, roomOf, type Room } from "../../domain/drop/room.ts";
import { placeInLine, type DropState, type Place } from "../../domain/drop/state.ts";
import { readTicket, type Ticket, type TicketSigner } from "../../domain/drop/ticket.ts";
import type { BookedDrop, DropDraws, DropStates } from "../drops/drop-ports.ts";

interface Ports {
  readonly vault: TicketSigner;
  readonly draws: Pick<DropDraws, "draw">;
  readonly states: DropStates;
}

export interface PlaceQuestion {
  readonly booked: BookedDrop;
  /** What was shown, believed only once its MAC is checked; null where nothing was. */
  readonly ticket: string | null;
  readonly nowMs: number;
  /** In [0, 1): spreads those who would come back at one moment. */
  readonly random: number;
}

export interface FoundPlace {
  /** Null where none was shown that is genuine and of this drop. */
  readonly ticket: Ticket | null;
  readonly room: Room;
  readonly state: DropState | null;
  /** Null: there is nothing more to ask. */
  readonly pollAfterMs: number | null;
}

/**
 * Where a ticket stands in its line. One MAC and one draw, no object is asked: the state is what this
 * edge remembers. Before the opening no draw is made, so nothing can tell of it.
 */
export async function findPlace(ports: Ports, question: PlaceQuestion): Promise<FoundPlace> {
  const { booked, nowMs, random } = question;
  const { drop } = booked;
  const [ticket, heard] = await Promise.all([
    genuineTicket(ports.vault, question),
    ports.states.of(booked),
  ]);
  const phase = dropPhase(drop, nowMs);
  const rank =
    ticket === null || phase !== "open"
      ? null
      : rankOf(ticket, drop.opensAtMs, await ports.draws.draw(drop, ticket.identity));
  const place = placeOf(rank, phase, heard);
  const state = heard?.state ?? null;
  // That it is over is news for everyone; the rest is for those who are in line.
  const isOver = place.kind === "closed" || place.kind === "sold_out";
  if (ticket === null && !isOver) return { ticket, room: NO_PLACE, state, pollAfterMs: null };
  return {
    ticket,
    room: roomOf(place, rank, state, heard?.ageMs ?? 0),
    state,
    pollAfterMs: pollAfterMs(place, { opensAtMs: drop.opensAtMs, nowMs }, random),
  };
}

async function genuineTicket(
  signer: TicketSigner,
  { booked, ticket, nowMs }: PlaceQuestion,
): Promise<Ticket | null> {
  if (ticket === null) return null;
  const use = { dropId: booked.drop.id, identity: null, nowMs };
  const read = await readTicket(signer, ticket, use);
  return read.ok ? read.value : null;
}

/** Where nobody ever heard of the line, the drop's times are all there is to go by. */
function placeOf(
  rank: Rank | null,
  phase: ReturnType<typeof dropPhase>,
  heard: { readonly state: DropState; readonly ageMs: number } | null,
): Place {
  if (phase === "closed") return { kind: "closed" };
  if (heard?.state.status === "sold_out") return { kind: "sold_out" };
  if (phase === "upcoming") return { kind: "upcoming" };
  if (heard === null || rank === null) return { kind: "busy" };
  return placeInLine(rank, heard.state, { phase, ageMs: heard.ageMs });
}
