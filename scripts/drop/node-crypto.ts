import { hash, timingSafeEqual } from "node:crypto";
import type { DropDigests } from "../../src/domain/drop/seed.ts";
import type { TicketSigner } from "../../src/domain/drop/ticket.ts";

/**
 * The same digests as WebCrypto's, without a turn of the event loop for each: a million people are four
 * million digests. test/drop/node-crypto.test.ts holds them equal to the Worker's own.
 */
export const nodeDigests: DropDigests = {
  sha256: (message) => Promise.resolve(hash("sha256", message, "buffer")),
  hmacSha256(secret) {
    const sign = hmacSha256(secret);
    return (message) => Promise.resolve(sign(message));
  },
};

const BLOCK_BYTES = 64;
const utf8 = new TextEncoder();
/** As the vault's (platform/vault.ts): purpose, NUL, text; the first 192 bits. */
const PURPOSE = "ticket\0";
const MAC_BYTES = 24;

/** HMAC-SHA-256 (RFC 2104) by two one-shot hashes, which node:crypto makes far quicker than one HMAC. */
function hmacSha256(secret: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = secret.length > BLOCK_BYTES ? hash("sha256", secret, "buffer") : secret;
  const inner = new Uint8Array(BLOCK_BYTES).fill(0x36);
  const outer = new Uint8Array(BLOCK_BYTES + 32).fill(0x5c, 0, BLOCK_BYTES);
  for (const [place, byte] of key.entries()) {
    inner[place] = (inner[place] ?? 0) ^ byte;
    outer[place] = (outer[place] ?? 0) ^ byte;
  }
  let text = new Uint8Array(BLOCK_BYTES + 256);
  text.set(inner);
  return (message) => {
    if (text.length < BLOCK_BYTES + message.length) {
      text = new Uint8Array(BLOCK_BYTES + message.length);
      text.set(inner);
    }
    text.set(message, BLOCK_BYTES);
    const within = hash("sha256", text.subarray(0, BLOCK_BYTES + message.length), "buffer");
    outer.set(within, BLOCK_BYTES);
    return hash("sha256", outer, "buffer");
  };
}

/** The vault's part of tickets, for one signing key of version "1". */
export function nodeSigner(secret: Uint8Array): TicketSigner {
  const sign = hmacSha256(secret);
  const mac = (text: string) => sign(utf8.encode(PURPOSE + text)).subarray(0, MAC_BYTES);
  return {
    ticketKeyVersion: "1",
    signTicket: (text) => Promise.resolve(mac(text)),
    isTicketMac: (version, text, given) =>
      Promise.resolve(
        version === "1" && given.length === MAC_BYTES && timingSafeEqual(mac(text), given),
      ),
  };
}
