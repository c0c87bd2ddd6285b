import { findPlace, type FoundPlace } from "../../../flows/stock/find-place.ts";
import type { AppContext } from "../../env.ts";
import type { KnownDrop } from "./known-drop.ts";
import { heldTicket, type HeldTicket } from "./ticket-cookie.ts";
import type { Shown } from "./waiting-room.tsx";

export interface OwnPlace extends FoundPlace {
  readonly held: HeldTicket | null;
  readonly shown: Shown;
}

/** The place in line of the browser that asks. */
export async function ownPlace(c: AppContext, { booked }: KnownDrop): Promise<OwnPlace> {
  const { clock, entropy, vault, drops } = c.get("deps");
  const held = heldTicket(c, booked.drop.id);
  const [byte = 0] = entropy.bytes(1);
  const found = await findPlace(
    { vault, draws: drops.draws, states: drops.states },
    { booked, ticket: held?.ticket ?? null, nowMs: clock.nowMs(), random: byte / 256 },
  );
  const { state, room } = found;
  const { quantity } = booked.drop;
  const keys = state === null ? null : { quantity, remaining: state.remaining, held: state.held };
  const people = state === null ? 0 : state.line.early + state.line.lateWaiting;
  // Who just joined is counted some seconds later: better no figure than "nobody".
  const inLine = people < 1 ? null : people;
  return { ...found, held: found.ticket === null ? null : held, shown: { room, keys, inLine } };
}
