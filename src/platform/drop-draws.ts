import type { Drop } from "../domain/drop/drop.ts";
import { commitmentTo, drawBy, identityOf, SEED_BYTES, type Draw } from "../domain/drop/seed.ts";
import { base64url, fromBase64 } from "../domain/encoding.ts";
import type { DropId } from "../domain/ids.ts";
import { Memo } from "../domain/memory/memo.ts";
import type { DropDraws } from "../flows/drops/drop-ports.ts";
import type { Clock, Entropy, Vault } from "../flows/ports.ts";
import { webDigests } from "./drop-digests.ts";

/** Drops whose seed an isolate keeps open. */
const DROPS_MAX = 200;
/** A seed never changes; it is forgotten so that one which is no longer drawn by does not lie about. */
const OPEN_MS = 10 * 60_000;

/** Draws by the seeds that D1 holds sealed: each is opened, and its key imported, once per isolate. */
export function makeDropDraws(
  vault: Pick<Vault, "sealText" | "openText">,
  entropy: Entropy,
  clock: Clock,
): DropDraws {
  const draws = new Memo<Draw>(DROPS_MAX);

  async function drawOf(drop: Drop): Promise<Draw> {
    const known = draws.get(drop.id, clock.nowMs());
    if (known !== undefined) return known;
    const draw = drawBy(webDigests, await openSeed(drop));
    draws.set(drop.id, draw, clock.nowMs() + OPEN_MS);
    return draw;
  }

  async function openSeed(drop: Drop): Promise<Uint8Array> {
    const seed = fromBase64(await vault.openText(purposeFor(drop.id), drop.sealedSeed));
    if (seed?.length !== SEED_BYTES) throw new Error(`the seed of ${drop.id} is not one`);
    return seed;
  }

  return {
    async makeSeed(dropId) {
      const seed = entropy.bytes(SEED_BYTES);
      return {
        commitment: await commitmentTo(webDigests, dropId, seed),
        sealedSeed: await vault.sealText(purposeFor(dropId), base64url(seed)),
      };
    },
    identity: (dropId, email) => identityOf(webDigests, dropId, email),
    draw: async (drop, identity) => (await drawOf(drop))(identity),
    seed: async (drop) => base64url(await openSeed(drop)),
    keepsPromise: async (drop) =>
      (await commitmentTo(webDigests, drop.id, await openSeed(drop))) === drop.commitment,
  };
}

/** A seed that is moved to another drop's row does not open there. */
function purposeFor(dropId: DropId): string {
  return `drop-seed\0${dropId}`;
}
