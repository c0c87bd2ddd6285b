import { base64url, fromBase64 } from "../domain/encoding.ts";
import type { MerchantId, OrderId, ProductId } from "../domain/ids.ts";
import type { Sealed, Vault } from "../flows/ports.ts";
import { parseSecrets, type VersionedSecret } from "./secrets.ts";

/** AES-GCM's nonce (NIST SP 800-38D §8.2.2): random, 96 bits, one per sealing. */
const NONCE_BYTES = 12;
/** 128 bits of the keyed digest: two keys of a merchant collide with odds of 2^-64 at 2^32 keys. */
const FINGERPRINT_BYTES = 16;
/** 192 bits of HMAC-SHA256: beyond guessing, short enough for a link. */
const TOKEN_BYTES = 24;

const utf8 = new TextEncoder();

interface Secrets {
  /** Newest first. */
  readonly sealing: string | undefined;
  readonly tokens: string | undefined;
  readonly identity: string | undefined;
}

/**
 * Seals keys with AES-256-GCM, its associated data naming product and fingerprint, so that a sealed
 * key cannot be moved to another row or product. Signs access tokens and names orders with
 * HMAC-SHA256 (RFC 2104). One purpose, one derived key: every message starts with its purpose.
 */
export function makeVault(secrets: Secrets): Vault {
  const sealing = parseSecrets("SEALING_KEYS", secrets.sealing).map(importSealing);
  const tokens = parseSecrets("TOKEN_SECRETS", secrets.tokens).map(importSigning);
  const newestSealing = newest(sealing);
  const newestToken = newest(tokens);
  const identity = newest(parseSecrets("IDENTITY_SECRET", secrets.identity).map(importSigning));

  const digest = (purpose: string, ...parts: string[]) => hmac(identity.key, purpose, parts);

  async function seal(associated: string, plain: string): Promise<string> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const cipher = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv: nonce, additionalData: utf8.encode(associated) },
      await newestSealing.key,
      utf8.encode(plain),
    );
    const box = new Uint8Array(NONCE_BYTES + cipher.byteLength);
    box.set(nonce);
    box.set(new Uint8Array(cipher), NONCE_BYTES);
    return `${newestSealing.version}.${base64url(box)}`;
  }

  async function open(associated: string, sealed: string): Promise<string> {
    const [version, text] = sealed.split(".", 2);
    const key = sealing.find((candidate) => candidate.version === version);
    const box = text === undefined ? null : fromBase64(text);
    if (!key || !box) throw new Error(`no sealing key of version ${version}`);
    const plain = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: box.subarray(0, NONCE_BYTES),
        additionalData: utf8.encode(associated),
      },
      await key.key,
      box.subarray(NONCE_BYTES),
    );
    return new TextDecoder().decode(plain);
  }

  /** "<version of the key>_<192 bits of a MAC>". */
  async function sign(purpose: string, ...parts: string[]): Promise<string> {
    const mac = await hmac(newestToken.key, purpose, parts);
    return `${newestToken.version}_${base64url(mac.subarray(0, TOKEN_BYTES))}`;
  }

  async function isSigned(token: string, purpose: string, ...parts: string[]): Promise<boolean> {
    const separator = token.indexOf("_");
    const secret = tokens.find((candidate) => candidate.version === token.slice(0, separator));
    const given = fromBase64(token.slice(separator + 1));
    // An unknown version is compared too, so that its answer takes as long as a wrong token's.
    const mac = await hmac((secret ?? newestToken).key, purpose, parts);
    const equal = timingSafeEqual(mac.subarray(0, TOKEN_BYTES), given ?? new Uint8Array(0));
    return equal && secret !== undefined;
  }

  return {
    async sealKeys(merchantId: MerchantId, productId: ProductId, plain: readonly string[]) {
      return Promise.all(
        plain.map(async (secret): Promise<Sealed> => {
          const print = await digest("fingerprint", merchantId, secret);
          const fingerprint = base64url(print.subarray(0, FINGERPRINT_BYTES));
          return { sealed: await seal(keyContext(productId, fingerprint), secret), fingerprint };
        }),
      );
    },
    openKey: (productId, key) => open(keyContext(productId, key.fingerprint), key.sealed),
    orderDigest: (productId, email, idempotencyKey) =>
      digest("order", productId, email, idempotencyKey),

    accessToken: (id: OrderId) => sign("access", id),
    isAccessToken: (id, token) => isSigned(token, "access", id),
    signText: (purpose, text) => sign("text", purpose, text),
    isSigned: (purpose, text, mac) => isSigned(mac, "text", purpose, text),
    ticketKeyVersion: newestToken.version,
    async signTicket(text) {
      return (await hmac(newestToken.key, "ticket", [text])).subarray(0, TOKEN_BYTES);
    },
    async isTicketMac(version, text, mac) {
      const secret = tokens.find((candidate) => candidate.version === version);
      const own = await hmac((secret ?? newestToken).key, "ticket", [text]);
      return timingSafeEqual(own.subarray(0, TOKEN_BYTES), mac) && secret !== undefined;
    },
    lookupHash: async (email, password) => base64url(await digest("lookup", email, password)),
    digestText: async (purpose, text) => base64url(await digest("text", purpose, text)),
    sealText: (purpose, text) => seal(`text\0${purpose}`, text),
    openText: (purpose, sealed) => open(`text\0${purpose}`, sealed),
  };
}

function keyContext(productId: ProductId, fingerprint: string): string {
  return `key\0${productId}\0${fingerprint}`;
}

function newest<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error("vault: a secret has no version");
  return first;
}

function importSealing({ version, bytes }: VersionedSecret) {
  const key = crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { version, key };
}

function importSigning({ version, bytes }: VersionedSecret) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return { version, key: crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]) };
}

/** Parts are joined with NUL, which none of them may contain: no two lists make one message. */
async function hmac(
  key: Promise<CryptoKey>,
  purpose: string,
  parts: readonly string[],
): Promise<Uint8Array> {
  const message = utf8.encode([purpose, ...parts].join("\0"));
  return new Uint8Array(await crypto.subtle.sign("HMAC", await key, message));
}

function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
