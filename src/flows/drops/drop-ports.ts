import type { DropControllerRpc } from "../../../durable-objects/drop-controller/contract.ts";
import type { Drop, ControllerTerms } from "../../domain/drop/drop.ts";
import type { Identity } from "../../domain/drop/seed.ts";
import type { DropState } from "../../domain/drop/state.ts";
import type { Ticket } from "../../domain/drop/ticket.ts";
import type { DropId } from "../../domain/ids.ts";

/** What flows of a drop need of the world; platform/deps.ts fills it (`deps.drops`). */

/** A drop with what its controller is told of its product. */
export interface BookedDrop {
  readonly drop: Drop;
  readonly terms: ControllerTerms;
}

export interface DropControllers {
  /** Throws Unavailable where the object does not answer. */
  of(id: DropId): DropControllerRpc;
}

/** What the edge knows of a drop's state: about a second old while its controller works. */
export interface DropStates {
  /**
   * The newest state that this isolate has heard of, and how old it is. It never goes back to a lower
   * `seq`. Null where nothing was ever heard: the drop's times are all there is to go by.
   */
  of(drop: BookedDrop): Promise<{ state: DropState; ageMs: number } | null>;
}

/** Who draws what. The seed is opened once per isolate and drop. */
export interface DropDraws {
  /** For a new drop: what is published at once, and what is kept until it is over. */
  makeSeed(dropId: DropId): Promise<Pick<Drop, "commitment" | "sealedSeed">>;
  /** `email` normalised by domain/email. */
  identity(dropId: DropId, email: string): Promise<Identity>;
  /** In [0, 1). Before the opening nobody may be told. */
  draw(drop: Drop, identity: Identity): Promise<number>;
  /** base64url, for when the drop is over. */
  seed(drop: Drop): Promise<string>;
  /** Whether the seed is what was committed to. */
  keepsPromise(drop: Drop): Promise<boolean>;
}

/** Counts who joins, for the size of the line. */
export interface LineCounter {
  /** After a ticket was minted. Takes no time: what was counted is reported some seconds later. */
  joined(drop: BookedDrop, ticket: Ticket): void;
  /** Who joined here and is not in the controller's state yet, as far as can be told. */
  unheard(id: DropId): number;
}
