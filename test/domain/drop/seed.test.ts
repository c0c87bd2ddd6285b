import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { commitmentTo, drawBy, fractionOf, identityOf } from "../../../src/domain/drop/seed.ts";
import { base64url } from "../../../src/domain/encoding.ts";
import type { DropId } from "../../../src/domain/ids.ts";
import { webDigests } from "../../../src/platform/drop-digests.ts";

const DROP = "drop_0123456789abcdefghjk" as DropId;
const OTHER = "drop_zzzzzzzzzzzzzzzzzzzz" as DropId;
const SEED = Uint8Array.from({ length: 32 }, (_, place) => place * 7 + 1);

describe("the commitment", () => {
  test("is the SHA-256 that docs/drop.md tells anyone to work out", async () => {
    const text = `kamidrop-drop-seed-v1\n${DROP}\n${Buffer.from(SEED).toString("base64url")}`;
    const expected = createHash("sha256").update(text).digest("hex");
    expect(await commitmentTo(webDigests, DROP, SEED)).toBe(expected);
  });

  test("to the same seed is another one for another drop", async () => {
    const [one, other] = [DROP, OTHER].map((drop) => commitmentTo(webDigests, drop, SEED));
    expect(await one).not.toBe(await other);
  });
});

describe("an identity", () => {
  test("is half of a SHA-256 over drop and mailbox, which anyone can work out", async () => {
    const digest = createHash("sha256")
      .update(`kamidrop-drop-identity-v1\n${DROP}\nann@example.com`)
      .digest();
    const identity = await identityOf(webDigests, DROP, "ann@example.com");
    expect(identity).toBe(digest.subarray(0, 16).toString("base64url"));
  });

  test("is one for all ways to write a mailbox, and differs between mailboxes and drops", async () => {
    const of = (email: string, drop = DROP) => identityOf(webDigests, drop, email);
    const one = await of("annlee@gmail.com");
    for (const email of ["ann.lee@gmail.com", "annlee+2@gmail.com", "a.n.n.lee+x@googlemail.com"]) {
      expect(await of(email)).toBe(one);
    }
    expect(await of("annlee@example.com")).not.toBe(one);
    expect(await of("annlee@gmail.com", OTHER)).not.toBe(one);
  });
});

describe("the draw", () => {
  test("is the first 52 bits of HMAC-SHA-256(seed, identity) as a fraction", async () => {
    const identity = await identityOf(webDigests, DROP, "ann@example.com");
    const mac = createHmac("sha256", SEED).update(Buffer.from(identity, "base64url")).digest();
    const first52 = mac.readBigUInt64BE() >> 12n;
    expect(await drawBy(webDigests, SEED)(identity)).toBe(Number(first52) / 2 ** 52);
  });

  test("is in [0, 1), to the last bit", () => {
    expect(fractionOf(new Uint8Array(32))).toBe(0);
    expect(fractionOf(new Uint8Array(32).fill(255))).toBe(1 - 2 ** -52);
    expect(fractionOf(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0x1f))).toBe(0.5 + 2 ** -52);
  });

  test("of an identity is the same each time, and another one with another seed", async () => {
    const identity = await identityOf(webDigests, DROP, "ann@example.com");
    const draw = drawBy(webDigests, SEED);
    expect(await draw(identity)).toBe(await draw(identity));
    expect(await drawBy(webDigests, SEED.toReversed())(identity)).not.toBe(await draw(identity));
  });

  test("takes nothing that is no identity", async () => {
    await expect(drawBy(webDigests, SEED)(base64url(new Uint8Array(15)))).rejects.toThrow();
  });
});
