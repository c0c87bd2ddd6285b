import type { DropState } from "../domain/drop/state.ts";
import { EdgeMemory } from "../domain/memory/edge-memory.ts";
import type { DropId } from "../domain/ids.ts";
import type { SharedMemory } from "../domain/memory/shared-memory.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { BookedDrop, DropControllers, DropStates } from "../flows/drops/drop-ports.ts";
import { errorFields, log } from "./log.ts";

/** A data centre asks a controller once in so long, and each of its isolates the data centre. */
const FRESH_MS = 1_000;
const DROPS_MAX = 500;

/**
 * States of drops, as isolates remember them. One reading at a time in an isolate; what it knows is never
 * replaced by an older state, wherever that comes from (a data centre's cache, an instance that was replaced);
 * while the controller is down the last one is given, and its age says so.
 */
export function makeDropStates(ports: {
  readonly controllers: DropControllers;
  readonly drop: (id: DropId) => Promise<BookedDrop | null>;
  readonly turns: Turns;
  readonly shared: SharedMemory | null;
}): DropStates {
  const { controllers, turns, shared } = ports;
  const states = new EdgeMemory<DropState | null>(
    {
      turns,
      shared,
      name: "drop-state",
      freshMs: FRESH_MS,
      staleMs: FRESH_MS,
      entriesMax: DROPS_MAX,
      order: (state) => state?.seq ?? -1,
    },
    // The key is a drop's id: whoever asks has its record.
    async (id) => read(await ports.drop(id as DropId)),
  );

  /** A controller that knows less than D1 is told: nobody else has to remember to. */
  async function read(booked: BookedDrop | null): Promise<DropState | null> {
    if (booked === null) return null;
    const controller = controllers.of(booked.drop.id);
    const state = await controller.state();
    if (state !== null && state.termsVersion >= booked.terms.version) return state;
    await controller.configure(booked.terms);
    return controller.state();
  }

  return {
    async of({ drop }) {
      try {
        const state = await states.get(drop.id, drop.version);
        if (state === null) return null;
        // A state of another machine may be dated a moment ahead of us.
        return { state, ageMs: Math.max(0, turns.nowMs() - state.atMs) };
      } catch (error) {
        log("warn", "drop_state_unknown", { drop: drop.id, ...errorFields(error) });
        return null;
      }
    },
  };
}
