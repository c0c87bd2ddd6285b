import type { Drop } from "../../../src/domain/drop/drop.ts";
import type { DropState } from "../../../src/domain/drop/state.ts";
import { mintTicket, type TicketSigner } from "../../../src/domain/drop/ticket.ts";
import type { DropId, MerchantId, ProductId } from "../../../src/domain/ids.ts";
import type { BookedDrop, DropDraws } from "../../../src/flows/drops/drop-ports.ts";
import type { Entropy, Vault } from "../../../src/flows/ports.ts";
import { makeDropDraws } from "../../../src/platform/drop-draws.ts";

export const DROP = "drop_00000000000000000001" as DropId;

/** A line in which nobody stands: for shops without a drop. */
export const noDrops = {
  drop: () => Promise.resolve(null),
  states: { of: () => Promise.resolve(null) },
  draws: {
    identity: () => Promise.reject(new Error("there is no drop")),
    draw: () => Promise.reject(new Error("there is no drop")),
  } satisfies Pick<DropDraws, "identity" | "draw">,
};

interface Options {
  readonly vault: Vault;
  readonly entropy: Entropy;
  readonly clock: { nowMs(): number };
  readonly drop: Partial<Drop> & Pick<Drop, "opensAtMs" | "closesAtMs">;
}

/** One drop with its real draw, and a state that the test publishes. */
export async function memoryDrops({ vault, entropy, clock, drop: given }: Options) {
  const draws = makeDropDraws(vault, entropy, clock);
  const drop: Drop = {
    id: DROP,
    merchantId: "mer_00000000000000000001" as MerchantId,
    productId: "prd_00000000000000000001" as ProductId,
    version: 1,
    closedAtMs: null,
    quantity: 10,
    perBuyer: 1,
    holdSeconds: 60,
    policy: { lineMax: null, qualification: "none", challenge: "never" },
    ...(await draws.makeSeed(given.id ?? DROP)),
    ...given,
  };
  const { id: dropId, version, opensAtMs, closesAtMs, closedAtMs, quantity } = drop;
  const times = { opensAtMs, closesAtMs, closedAtMs };
  const terms = { dropId, version, ...times, quantity, productNumber: 7, shards: 1 };
  const booked: BookedDrop = { drop, terms };
  const published: { state: DropState | null; ageMs: number } = { state: stateOf(drop), ageMs: 0 };
  return {
    drop: (id: DropId) => Promise.resolve(id === drop.id ? booked : null),
    draws,
    states: {
      of: () => {
        const { state, ageMs } = published;
        return Promise.resolve(state === null ? null : { state, ageMs });
      },
    },
    booked,
    published,
    /** A ticket as the edge mints it. */
    async ticket(
      email: string,
      joinedAtMs: number,
      changes: { signer?: TicketSigner; dropId?: DropId; expiresAtMs?: number } = {},
    ): Promise<string> {
      const { signer = vault, dropId: of = drop.id, expiresAtMs = closesAtMs } = changes;
      const identity = await draws.identity(of, email);
      return mintTicket(signer, { dropId: of, identity, joinedAtMs, expiresAtMs });
    },
  };
}

/** Open to everyone who has come, with keys left, unless the test says otherwise. */
export function stateOf(drop: Drop, changes: Partial<DropState> = {}): DropState {
  const { opensAtMs, closesAtMs } = drop;
  return {
    seq: 1,
    status: "open",
    threshold: { early: 1, lateUntilMs: closesAtMs },
    remaining: 10,
    held: 0,
    line: { early: 0, lateWaiting: 0 },
    admittedPerSecond: 100,
    atMs: opensAtMs,
    opensAtMs,
    closesAtMs,
    termsVersion: 1,
    ...changes,
  };
}
