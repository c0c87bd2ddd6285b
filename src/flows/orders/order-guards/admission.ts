import { dropPhase } from "../../../domain/drop/drop.ts";
import { pollAfterMs } from "../../../domain/drop/poll.ts";
import { rankOf, type Rank } from "../../../domain/drop/rank.ts";
import { placeInLine, type DropState, type Place } from "../../../domain/drop/state.ts";
import { readTicket, type TicketRefusal, type TicketSigner } from "../../../domain/drop/ticket.ts";
import { mayHaveEntered } from "../../../domain/drop/drop-entry.ts";
import type { DropId } from "../../../domain/ids.ts";
import { dropOf } from "../../../domain/product/terms.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import type { BookedDrop, DropDraws, DropStates } from "../../drops/drop-ports.ts";
import type { Clock, Entropy } from "../../ports.ts";
import type { AskedOrder, Guarded } from "./order-guard.ts";

export interface AdmissionPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly vault: TicketSigner;
  readonly drops: {
    /** Null for an id that names none. */
    drop(id: DropId): Promise<BookedDrop | null>;
    readonly draws: Pick<DropDraws, "identity" | "draw">;
    readonly states: DropStates;
  };
}

export type AdmissionRefusal =
  /** None came, or one that is worth nothing here: `because` says which of its checks failed. */
  | {
      reason: "ticket_required";
      dropId: DropId;
      because: TicketRefusal["reason"] | null;
    }
  /** It is genuine, and its turn has not come. */
  | { reason: "ticket_not_admitted"; dropId: DropId; place: Place; pollAfterMs: number | null }
  | { reason: "ticket_used" };

/**
 * Whether an order of a product that is sold in a drop has been let in. Everything that the edge can tell by
 * itself it tells: no object is asked about a ticket that is forged, another's, another drop's or past,
 * nor about one that is far behind the threshold. Who is so near it that another edge may have let them in
 * already is asked about, because an order that exists is the answer to its own repetition.
 */
export async function admission(
  ports: AdmissionPorts,
  { request, listing }: AskedOrder,
): Promise<Guarded> {
  const nowMs = ports.clock.nowMs();
  const live = dropOf(listing.product.terms, nowMs);
  if (live === null) return { kind: "passed" };
  const { id: dropId } = live;
  if (request.ticket === null) {
    return refused({ reason: "ticket_required", dropId, because: null }, true);
  }
  const identity = await ports.drops.draws.identity(dropId, request.email);
  const read = await readTicket(ports.vault, request.ticket, { dropId, identity, nowMs });
  if (!read.ok) {
    const { reason: because } = read.error;
    // A genuine one may have bought by a clock that is right: then its order is the answer.
    const genuine = because === "ticket_expired" || because === "ticket_from_future";
    return refused({ reason: "ticket_required", dropId, because }, !genuine);
  }
  // After the signature: who has none costs a cold isolate no look into D1.
  const booked = await ports.drops.drop(dropId);
  if (booked === null) throw new Unavailable("drops", 1);
  const { drop } = booked;
  const rank = rankOf(read.value, drop.opensAtMs, await ports.drops.draws.draw(drop, identity));
  const known = await ports.drops.states.of(booked);
  const place = placeOf(rank, known, booked, nowMs);
  const passes = place.kind === "admitted" || place.kind === "all_held";
  if (passes) return { kind: "passed", adds: { ticket: { dropId, identity } } };
  const certain = known === null || !mayHaveEntered(rank, known.state);
  return refused(refusalOf(ports, place, booked, nowMs), certain);
}

function placeOf(
  rank: Rank,
  known: { state: DropState; ageMs: number } | null,
  { drop }: BookedDrop,
  nowMs: number,
): Place {
  const phase = dropPhase(drop, nowMs);
  if (known === null) return phase === "open" ? { kind: "busy" } : { kind: phase };
  return placeInLine(rank, known.state, { phase, ageMs: known.ageMs });
}

function refusalOf(
  { entropy }: AdmissionPorts,
  place: Place,
  { drop }: BookedDrop,
  nowMs: number,
): Extract<Guarded, { kind: "refused" }>["refusal"] {
  switch (place.kind) {
    case "sold_out":
      return { reason: "sold_out", available: 0 };
    case "upcoming":
      return { reason: "not_on_sale", opensAtMs: drop.opensAtMs };
    case "closed":
      return { reason: "not_on_sale", opensAtMs: null };
    default: {
      const { opensAtMs } = drop;
      const random = (entropy.bytes(1)[0] ?? 0) / 256;
      const pollMs = pollAfterMs(place, { opensAtMs, nowMs }, random);
      return { reason: "ticket_not_admitted", dropId: drop.id, place, pollAfterMs: pollMs };
    }
  }
}

function refused(
  refusal: Extract<Guarded, { kind: "refused" }>["refusal"],
  certain: boolean,
): Guarded {
  return { kind: "refused", refusal, certain };
}
