import { dropPhase, type Drop } from "../../../domain/drop/drop.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { AppContext } from "../../env.ts";

/** How a drop stands, as the product page tells it to everyone. */
export interface DropSale {
  readonly drop: Drop;
  /** `halted`: the merchant has taken the product off sale for now; places in line are kept. */
  readonly standing: "upcoming" | "open" | "sold_out" | "closed" | "halted";
  /** The server's time when this was found: countdowns begin by it. */
  readonly nowMs: number;
}

/** A page without scripts comes back at the opening, and at this pace before. */
const REFRESH_SECONDS_MAX = 60;

/** The drop that a product is sold in, or was sold in last; null where there was none. */
export async function dropSale(c: AppContext, { product }: Listing): Promise<DropSale | null> {
  const deps = c.get("deps");
  const id = product.terms.drop?.id;
  const booked = id === undefined ? null : await deps.drops.drop(id);
  if (booked === null) return null;
  const heard = await deps.drops.states.of(booked);
  const nowMs = deps.clock.nowMs();
  const phase = dropPhase(booked.drop, nowMs);
  const isSoldOut = phase === "open" && heard?.state.status === "sold_out";
  const isHalted = phase !== "closed" && product.terms.status !== "active";
  const standing = isSoldOut ? "sold_out" : isHalted ? "halted" : phase;
  return { drop: booked.drop, standing, nowMs };
}

export function dropRefreshSeconds({ drop, standing, nowMs }: DropSale): number | undefined {
  if (standing !== "upcoming") return undefined;
  return Math.min(REFRESH_SECONDS_MAX, Math.ceil((drop.opensAtMs - nowMs) / 1000) + 1);
}
