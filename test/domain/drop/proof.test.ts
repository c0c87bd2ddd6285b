import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as inBrowser from "../../../public/assets/drop-proof.js";
import {
  commitmentTo,
  drawBy,
  identityOf,
  SEED_BYTES,
  type DropDigests,
} from "../../../src/domain/drop/seed.ts";
import { lineDigits } from "../../../src/domain/drop/recipe.ts";
import { canonicalEmail, normalizeEmail } from "../../../src/domain/email.ts";
import { base64url, fromBase64, hex } from "../../../src/domain/encoding.ts";
import type { DropId } from "../../../src/domain/ids.ts";

const DROP = "drop_0123456789abcdefghjk" as DropId;
const digests: DropDigests = {
  sha256: async (message) => new Uint8Array(createHash("sha256").update(message).digest()),
  hmacSha256: (key) => async (message) =>
    new Uint8Array(createHmac("sha256", key).update(message).digest()),
};

const addresses = fc.oneof(
  fc.emailAddress(),
  fc
    .tuple(fc.stringMatching(/^[A-Za-z.]{1,12}$/), fc.stringMatching(/^[a-z+.]{0,8}$/))
    .map(([name, tag]) => `${name}+${tag}@GMail.com`),
);
const seeds = fc.uint8Array({ minLength: SEED_BYTES, maxLength: SEED_BYTES });

describe("what a visitor's browser works out of a draw is what the server does:", () => {
  it("one mailbox, whatever the spelling", () => {
    fc.assert(
      fc.property(addresses, (text) => {
        const email = normalizeEmail(text);
        if (email === null) return;
        expect(inBrowser.canonicalEmail(` ${text}`)).toBe(canonicalEmail(email));
      }),
    );
  });

  it("the seal of a seed, the identity of an address, and their draw", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, addresses, async (bytes, text) => {
        const email = normalizeEmail(text);
        if (email === null) return;
        const seed = Uint8Array.from(bytes);
        const identity = await identityOf(digests, DROP, email);
        const draw = await drawBy(digests, seed)(identity);

        const text64 = base64url(seed);
        expect(await inBrowser.sealOf(DROP, text64)).toBe(await commitmentTo(digests, DROP, seed));
        const own = await inBrowser.identityOf(DROP, text);
        expect(hex(own)).toBe(hex(fromBase64(identity) ?? new Uint8Array(0)));
        const drawn = await inBrowser.drawOf(text64, own);
        expect(drawn.fraction).toBe(draw);
        expect(Number.parseInt(drawn.digits, 16) / 2 ** 52).toBe(draw);
      }),
      { numRuns: 50 },
    );
  });
});

it("the digits of the recipe's last line divide the draws as the threshold does", () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fraction, fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }), (early, steps) => {
      const draw = Number(steps) / 2 ** 52;
      const digits = steps.toString(16).padStart(13, "0");
      // A line of 14 digits is the whole: every draw is below it.
      const isBelow = lineDigits(early).length > 13 || digits < lineDigits(early);
      expect(isBelow).toBe(draw < early);
    }),
  );
});
