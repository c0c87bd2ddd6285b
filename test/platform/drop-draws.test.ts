import { describe, expect, test } from "vitest";
import type { Drop } from "../../src/domain/drop/drop.ts";
import { commitmentTo, drawBy, SEED_BYTES } from "../../src/domain/drop/seed.ts";
import { fromBase64 } from "../../src/domain/encoding.ts";
import type { DropId } from "../../src/domain/ids.ts";
import { webDigests } from "../../src/platform/drop-digests.ts";
import { makeDropDraws } from "../../src/platform/drop-draws.ts";
import { makeVault } from "../../src/platform/vault.ts";

const secret = (character: string) => `1:${btoa(character.repeat(32))}`;
const vault = makeVault({ sealing: secret("s"), tokens: secret("t"), identity: secret("i") });
const entropy = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
const clock = { nowMs: () => 0 };
const draws = makeDropDraws(vault, entropy, clock);
const ID = "drop_0123456789abcdefghjk" as DropId;

async function dropWithSeed(id = ID): Promise<Drop> {
  return { id, ...(await draws.makeSeed(id)) } as Drop;
}

describe("the seed of a drop", () => {
  test("is kept sealed, and is what was committed to", async () => {
    const drop = await dropWithSeed();
    const shown = await draws.seed(drop);
    expect(drop.sealedSeed).not.toContain(shown);
    const seed = fromBase64(shown) ?? new Uint8Array();
    expect(seed).toHaveLength(SEED_BYTES);
    expect(await commitmentTo(webDigests, ID, seed)).toBe(drop.commitment);
  });

  test("draws what anyone works out from it once it is shown", async () => {
    const drop = await dropWithSeed();
    const identity = await draws.identity(ID, "ann@example.com");
    const seed = fromBase64(await draws.seed(drop)) ?? new Uint8Array();
    expect(await draws.draw(drop, identity)).toBe(await drawBy(webDigests, seed)(identity));
  });

  test("of one drop does not open in another's row", async () => {
    const other = { ...(await dropWithSeed()), id: "drop_zzzzzzzzzzzzzzzzzzzz" as DropId };
    await expect(draws.seed(other)).rejects.toThrow();
  });

  test("is opened once for many draws", async () => {
    let opened = 0;
    const counting = {
      ...vault,
      openText: (...of: [string, string]) => (opened++, vault.openText(...of)),
    };
    const isolate = makeDropDraws(counting, entropy, clock);
    const drop = await dropWithSeed();
    const identity = await draws.identity(ID, "ann@example.com");
    for (let draw = 0; draw < 5; draw++) {
      await isolate.draw(drop, identity);
    }
    expect(opened).toBe(1);
  });
});
