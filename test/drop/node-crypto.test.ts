import { describe, expect, test } from "vitest";
import { nodeDigests, nodeSigner } from "../../scripts/drop/node-crypto.ts";
import { mintTicket, readTicket } from "../../src/domain/drop/ticket.ts";
import { base64url } from "../../src/domain/encoding.ts";
import type { DropId } from "../../src/domain/ids.ts";
import { webDigests } from "../../src/platform/drop-digests.ts";
import { makeVault } from "../../src/platform/vault.ts";

const bytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** What the simulation uses for speed is, byte for byte, what the Worker uses. */
describe("node:crypto in place of WebCrypto", () => {
  test.each([0, 1, 31, 64, 65, 1_000])("digests %i bytes to the same", async (length) => {
    const message = bytes(length);
    const [ours, theirs] = [nodeDigests, webDigests].map((digests) => digests.sha256(message));
    expect(Buffer.from((await ours) ?? [])).toEqual(Buffer.from((await theirs) ?? []));
  });

  test.each([1, 16, 32, 64, 100])("signs with a key of %i bytes to the same", async (length) => {
    const key = bytes(length);
    const [ours, theirs] = [nodeDigests, webDigests].map((digests) => digests.hmacSha256(key));
    for (const message of [bytes(16), bytes(0), bytes(300), bytes(64)]) {
      const [one, other] = await Promise.all([ours?.(message), theirs?.(message)]);
      expect(Buffer.from(one ?? [])).toEqual(Buffer.from(other ?? []));
    }
  });

  test("a ticket that either signs is the other's, and no other key's", async () => {
    const secret = bytes(32);
    const versioned = `1:${base64url(secret)}`;
    const vault = makeVault({ sealing: versioned, tokens: versioned, identity: versioned });
    const ticket = {
      dropId: "drop_0123456789abcdefghjk" as DropId,
      identity: base64url(bytes(16)),
      joinedAtMs: 1_000,
      expiresAtMs: 9_000,
    };
    const text = await mintTicket(nodeSigner(secret), ticket);
    expect(text).toBe(await mintTicket(vault, ticket));
    const use = { ...ticket, nowMs: 2_000 };
    expect(await readTicket(nodeSigner(secret), text, use)).toMatchObject({ ok: true });
    expect(await readTicket(nodeSigner(bytes(32)), text, use)).toMatchObject({ ok: false });
  });
});
