import { execFile } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { lineDigits, recipe } from "../../src/domain/drop/recipe.ts";
import { commitmentTo, drawBy, identityOf, type DropDigests } from "../../src/domain/drop/seed.ts";
import { base64url } from "../../src/domain/encoding.ts";
import type { DropId } from "../../src/domain/ids.ts";

/** What the verify page tells people to type, typed. */
const digests: DropDigests = {
  sha256: async (message) => new Uint8Array(createHash("sha256").update(message).digest()),
  hmacSha256: (key) => async (message) =>
    new Uint8Array(createHmac("sha256", key).update(message).digest()),
};
const WORDS = { email: "your mail", seal: "the seal", draw: "your draw", line: "the line" };

test.each([1, 2, 3])("openssl finds the seal and the draw that we say, seed %i", async () => {
  const dropId = "drop_0123456789abcdefghjk" as DropId;
  const bytes = new Uint8Array(randomBytes(32));
  const commitment = await commitmentTo(digests, dropId, bytes);
  const identity = await identityOf(digests, dropId, "you@example.com");
  const draw = await drawBy(digests, bytes)(identity);

  const seed = base64url(bytes);
  const seedHex = Buffer.from(bytes).toString("hex");
  const commands = recipe({ dropId, seed, seedHex, commitment, early: 0.5 }, WORDS);
  const { stdout } = await promisify(execFile)("sh", ["-c", commands]);
  const [seal = "", digits = ""] = stdout.trim().split("\n");
  expect(seal.split(" ")[0]).toBe(commitment);
  expect(Number.parseInt(digits, 16) / 2 ** 52).toBe(draw);
  expect(digits < lineDigits(0.5)).toBe(draw < 0.5);
});
