import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CLOCK_SKEW_MS,
  mintTicket,
  readTicket,
  TICKET_CHARACTERS_MAX,
  type Ticket,
} from "../../../src/domain/drop/ticket.ts";
import { base64url } from "../../../src/domain/encoding.ts";
import type { DropId } from "../../../src/domain/ids.ts";
import { makeVault } from "../../../src/platform/vault.ts";

const secret = (character: string) => btoa(character.repeat(32));
const vaultWith = (tokens: string) =>
  makeVault({ sealing: `1:${secret("s")}`, tokens, identity: `1:${secret("i")}` });
const vault = vaultWith(`1:${secret("a")}`);

const DROP = "drop_0123456789abcdefghjk" as DropId;
const IDENTITY = base64url(Uint8Array.from({ length: 16 }, (_, place) => place * 16));
const NOW_MS = Date.UTC(2026, 10, 25, 12);
const TICKET: Ticket = {
  dropId: DROP,
  identity: IDENTITY,
  joinedAtMs: NOW_MS - 60_000,
  expiresAtMs: NOW_MS + 3_600_000,
};
const USE = { dropId: DROP, identity: IDENTITY, nowMs: NOW_MS };

async function refusalOf(text: string, use: Partial<typeof USE> = {}, by = vault) {
  const read = await readTicket(by, text, { ...USE, ...use });
  return read.ok ? null : read.error.reason;
}

describe("a ticket", () => {
  test("says what it was minted with, to the drop and the mailbox it was made for", async () => {
    const text = await mintTicket(vault, TICKET);
    expect(await readTicket(vault, text, USE)).toEqual({ ok: true, value: TICKET });
    expect(await readTicket(vault, text, { ...USE, identity: null })).toMatchObject({ ok: true });
  });

  test("is short and needs no escaping in an address", async () => {
    const text = await mintTicket(vault, TICKET);
    expect(text).toMatch(/^[\w.-]+$/);
    expect(encodeURIComponent(text)).toBe(text);
    expect(text.length).toBeLessThanOrEqual(TICKET_CHARACTERS_MAX);
  });

  test("of another drop, or of another mailbox, is refused as such", async () => {
    const text = await mintTicket(vault, TICKET);
    const dropId = "drop_zzzzzzzzzzzzzzzzzzzz" as DropId;
    expect(await refusalOf(text, { dropId })).toBe("ticket_of_other_drop");
    const identity = base64url(new Uint8Array(16));
    expect(await refusalOf(text, { identity })).toBe("ticket_of_other_identity");
  });

  test("ends at the millisecond that it says", async () => {
    const text = await mintTicket(vault, TICKET);
    expect(await refusalOf(text, { nowMs: TICKET.expiresAtMs - 1 })).toBeNull();
    expect(await refusalOf(text, { nowMs: TICKET.expiresAtMs })).toBe("ticket_expired");
  });

  test("from a clock ahead of ours counts as far as clocks may differ, and no further", async () => {
    const text = await mintTicket(vault, TICKET);
    const joined = TICKET.joinedAtMs;
    expect(await refusalOf(text, { nowMs: joined - CLOCK_SKEW_MS })).toBeNull();
    expect(await refusalOf(text, { nowMs: joined - CLOCK_SKEW_MS - 1 })).toBe("ticket_from_future");
    expect(await refusalOf(text, { nowMs: joined - 3_600_000 })).toBe("ticket_from_future");
  });

  test("is good under every key that is still listed, and forged under any other", async () => {
    const text = await mintTicket(vault, TICKET);
    const rotated = vaultWith(`2:${secret("b")},1:${secret("a")}`);
    expect(await refusalOf(text, {}, rotated)).toBeNull();
    expect(await mintTicket(rotated, TICKET)).toMatch(/^kt1\.2\./);
    expect(await refusalOf(text, {}, vaultWith(`2:${secret("b")}`))).toBe("ticket_forged");
    expect(await refusalOf(text, {}, vaultWith(`1:${secret("b")}`))).toBe("ticket_forged");
  });
});

describe("what is no ticket", () => {
  test("one character more, less or other: never good, and never an exception", async () => {
    const text = await mintTicket(vault, TICKET);
    const alphabet = [..."0123456789abcdefghijklmnopqrstuvwxyzABCXYZ_-.=+/ %\n\0é"];
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length - 1 }),
        fc.constantFrom(...alphabet, ""),
        fc.boolean(),
        async (place, character, inserted) => {
          const changed = text.slice(0, place) + character + text.slice(place + (inserted ? 0 : 1));
          if (changed === text) return;
          expect(await refusalOf(changed)).toMatch(/^ticket_(malformed|forged|of_other_drop)$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any other text is malformed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 400, unit: "binary" }), async (text) => {
        expect(await refusalOf(text)).toBe("ticket_malformed");
      }),
    );
    expect(await refusalOf("kt1.".repeat(100_000))).toBe("ticket_malformed");
  });

  test("an access token's MAC signs no ticket: each has its purpose", async () => {
    const text = await mintTicket(vault, TICKET);
    const signed = text.slice(0, text.lastIndexOf("."));
    const token = await vault.accessToken(signed as never);
    expect(await refusalOf(`${signed}.${token.slice(token.indexOf("_") + 1)}`)).toBe(
      "ticket_forged",
    );
  });
});
