import type { DropDigests } from "../domain/drop/seed.ts";

/** The digests of a draw by WebCrypto, which a hundred requests of one isolate may use at once. */
export const webDigests: DropDigests = {
  sha256: async (message) => new Uint8Array(await crypto.subtle.digest("SHA-256", plain(message))),
  hmacSha256(secret) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = crypto.subtle.importKey("raw", plain(secret), algorithm, false, ["sign"]);
    return async (message) =>
      new Uint8Array(await crypto.subtle.sign("HMAC", await key, plain(message)));
  },
};

/** Bytes that nobody shares, as WebCrypto's types ask for: ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
