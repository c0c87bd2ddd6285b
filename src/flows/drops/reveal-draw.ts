import { dropPhase } from "../../domain/drop/drop.ts";
import type { BookedDrop, DropDraws, DropStates } from "./drop-ports.ts";

interface Ports {
  readonly draws: Pick<DropDraws, "seed" | "keepsPromise">;
  readonly states: DropStates;
}

/** What anyone may know of a draw once it is over. */
export interface RevealedDrop {
  /** base64url: what was committed to. */
  readonly seed: string;
  /** It is what was committed to: anything else is a bug, or a fraud. */
  readonly isPromised: boolean;
  /** The last threshold of the early, and how many they were; null where nobody can say now. */
  readonly last: { readonly early: number; readonly people: number } | null;
}

/**
 * The seed of a drop that is over: by its time, by a person, or because the last key is sold. Null while
 * anyone may still be let in: whoever knew the seed would know everyone's place.
 */
export async function revealDraw(
  { draws, states }: Ports,
  booked: BookedDrop,
  nowMs: number,
): Promise<RevealedDrop | null> {
  const state = (await states.of(booked))?.state ?? null;
  const isOver = dropPhase(booked.drop, nowMs) === "closed" || state?.status === "sold_out";
  if (!isOver) return null;
  const [seed, isPromised] = await Promise.all([
    draws.seed(booked.drop),
    draws.keepsPromise(booked.drop),
  ]);
  return {
    seed,
    isPromised,
    last: state === null ? null : { early: state.threshold.early, people: state.line.early },
  };
}
