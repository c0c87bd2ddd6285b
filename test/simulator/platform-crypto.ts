import { createHash, createHmac } from "node:crypto";
import type { Sealed, Vault } from "../../src/flows/ports.ts";

/**
 * The flows digest with the platform's `crypto.subtle`, which answers from threads of its own, in
 * an order that no seed decides. In a simulation it answers at once, with the same digest.
 */
export function answerDigestsAtOnce(): void {
  const digest: SubtleCrypto["digest"] = (_algorithm, data) => {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const made = new Uint8Array(createHash("sha256").update(bytes).digest());
    return Promise.resolve(made.buffer);
  };
  Object.defineProperty(crypto.subtle, "digest", { value: digest, configurable: true });
}

const SEALED = "1.";

/** The real vault's shape with no cipher: an opened key is what was sealed, for its own product only. */
export function simulatedVault(): Vault {
  return {
    sealKeys: (merchantId, productId, secrets) =>
      Promise.resolve(secrets.map((secret) => sealKey(merchantId, productId, secret))),
    openKey: (productId, { sealed }) => {
      const [product, secret] = sealed.slice(SEALED.length).split("/");
      if (product !== productId || secret === undefined) throw new Error("sealed for another");
      return Promise.resolve(secret);
    },
    orderDigest: (productId, email, key) =>
      Promise.resolve(
        createHmac("sha256", "identity").update(`${productId}\0${email}\0${key}`).digest(),
      ),
    accessToken: (id) => Promise.resolve(`token-${id}`),
    isAccessToken: (id, token) => Promise.resolve(token === `token-${id}`),
    lookupHash: (email, password) => Promise.resolve(`${email}/${password}`),
    digestText: (purpose, text) => Promise.resolve(`${purpose}/${text}`),
    sealText: (_purpose, text) => Promise.resolve(text),
    openText: (_purpose, sealed) => Promise.resolve(sealed),
  };
}

function sealKey(merchantId: string, productId: string, secret: string): Sealed {
  return { sealed: `${SEALED}${productId}/${secret}`, fingerprint: `${merchantId}/${secret}` };
}
