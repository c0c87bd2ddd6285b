import type { Drop } from "../../src/domain/drop/drop.ts";
import { mintTicket } from "../../src/domain/drop/ticket.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import { base64url } from "../../src/domain/encoding.ts";
import type { DropId } from "../../src/domain/ids.ts";
import type { DropTerms, Terms } from "../../src/domain/product/terms.ts";
import type { Vault } from "../../src/flows/ports.ts";
import type { AdmissionPorts } from "../../src/flows/orders/order-guards/admission.ts";
import { mixed } from "./platform-crypto.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

const DROP = "drop_00000000000000000001" as DropId;
const YEAR_MS = 365 * 24 * 3_600_000;

/** In a third of the worlds the first product is sold in a drop, from the beginning and for a while. */
export function makeDrop(random: Random, nowMs: number): { drop?: DropTerms } {
  if (!random.chance(1 / 3)) return {};
  return {
    drop: {
      id: DROP,
      opensAtMs: nowMs,
      closesAtMs: nowMs + random.pick([20_000, 200_000, YEAR_MS]),
      quantity: random.pick([3, 10, 50]),
      perBuyer: null,
      holdSeconds: random.pick([5, 30]),
    },
  };
}

function identityOf(dropId: DropId, email: string): string {
  return base64url(mixed(`${dropId} ${email}`));
}

/**
 * Everyone is let in: whom a line would keep out is its own simulation's business. Whoever joined did so
 * before the opening, so no clock that is off makes theirs a ticket of the future.
 */
export function simulatedDrops({ shop }: World): AdmissionPorts["drops"] {
  const termsOf = (id: DropId) => {
    const { terms } = shop.listing(1).product;
    return terms.drop?.id === id ? (terms as Terms & { drop: DropTerms }) : null;
  };
  return {
    drop: (id) => {
      const terms = termsOf(id);
      if (terms === null) return Promise.resolve(null);
      const { merchantId, productId, productNumber } = terms;
      const times = { ...terms.drop, version: 1, closedAtMs: null };
      const controllerTerms = { ...times, dropId: id, productNumber, shards: 1 };
      // What the guard does not look at is left out.
      const drop = { ...times, merchantId, productId } as unknown as Drop;
      return Promise.resolve({ drop, terms: controllerTerms });
    },
    draws: {
      identity: (id, email) => Promise.resolve(identityOf(id, email)),
      draw: () => Promise.resolve(0.5),
    },
    states: {
      of: ({ drop }) => Promise.resolve({ state: openTo(drop), ageMs: 0 }),
    },
  };
}

function openTo({ opensAtMs, closesAtMs }: Drop): DropState {
  return {
    seq: 1,
    status: "open",
    termsVersion: 1,
    remaining: 1,
    held: 0,
    admittedPerSecond: 1,
    threshold: { early: 1, lateUntilMs: closesAtMs },
    line: { early: 1, lateWaiting: 0 },
    atMs: opensAtMs,
    opensAtMs,
    closesAtMs,
  };
}

/** The ticket that a buyer has had since before the opening; null where the product has no drop. */
export async function ticketFor(
  vault: Vault,
  { drop }: Terms,
  email: string,
): Promise<string | null> {
  if (drop === undefined) return null;
  const identity = identityOf(drop.id, email);
  const joinedAtMs = drop.opensAtMs - 1;
  return mintTicket(vault, {
    dropId: drop.id,
    identity,
    joinedAtMs,
    expiresAtMs: drop.closesAtMs + YEAR_MS,
  });
}
