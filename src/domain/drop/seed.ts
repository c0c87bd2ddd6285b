import { canonicalEmail } from "../email.ts";
import { base64url, fromBase64, hex } from "../encoding.ts";
import type { DropId } from "../ids.ts";

/**
 * The draw. Before a drop opens, its seed is committed to: SHA-256 of it is public from the first
 * moment. A person's place is HMAC-SHA-256(seed, identity), so nobody can know or choose theirs before
 * the opening, and once the seed is shown anyone can work out every place again
 * (docs/drop.md; commitments: Blum, "Coin flipping by telephone", 1983; HMAC: RFC 2104).
 */

export const SEED_BYTES = 32;
const IDENTITY_BYTES = 16;
/** A draw is one of 2^52 fractions: each is a double exactly, and two people hardly ever share one. */
const DRAW_STEPS = 2 ** 52;

/** Digests as WebCrypto has them; the domain has no crypto of its own (platform/drop-digests.ts). */
export interface DropDigests {
  sha256(message: Uint8Array): Promise<Uint8Array>;
  /** The key is imported once, and signs any number of messages. */
  hmacSha256(key: Uint8Array): (message: Uint8Array) => Promise<Uint8Array>;
}

/** Who draws: IDENTITY_BYTES in base64url. One mailbox and drop, one identity, one draw. */
export type Identity = string;

const utf8 = new TextEncoder();

/** Hex of what is promised before the drop: it fixes the seed and says nothing of it. */
export async function commitmentTo(
  digests: DropDigests,
  dropId: DropId,
  seed: Uint8Array,
): Promise<string> {
  const text = `kamidrop-drop-seed-v1\n${dropId}\n${base64url(seed)}`;
  return hex(await digests.sha256(utf8.encode(text)));
}

/**
 * Public on purpose: whoever has the address and the seed can verify a place. `email` is in the one
 * form of domain/email; every way to write a mailbox gives the same identity.
 */
export async function identityOf(
  digests: DropDigests,
  dropId: DropId,
  email: string,
): Promise<Identity> {
  const text = `kamidrop-drop-identity-v1\n${dropId}\n${canonicalEmail(email)}`;
  const digest = await digests.sha256(utf8.encode(text));
  return base64url(digest.subarray(0, IDENTITY_BYTES));
}

/** The draw of an identity, in [0, 1): lower is earlier. */
export type Draw = (identity: Identity) => Promise<number>;

/** The draw of a drop. Make it once per drop: the key is imported here. */
export function drawBy(digests: DropDigests, seed: Uint8Array): Draw {
  const sign = digests.hmacSha256(seed);
  return async (identity) => {
    const bytes = fromBase64(identity);
    if (bytes?.length !== IDENTITY_BYTES) throw new Error("draw: not an identity");
    return fractionOf(await sign(bytes));
  };
}

/** The first 52 bits of a digest, as a fraction in [0, 1). */
export function fractionOf(digest: Uint8Array): number {
  let high = 0;
  for (let place = 0; place < 6; place++) high = high * 256 + (digest[place] ?? 0);
  return (high * 16 + ((digest[6] ?? 0) >> 4)) / DRAW_STEPS;
}
