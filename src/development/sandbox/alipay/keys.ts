import { lazyTable } from "../../lazy-table.ts";

/**
 * The keys of the simulated Alipay and of its one merchant, made once and kept in the local database: none
 * stands in the repository, and a developer pastes what `/sandbox/alipay/credentials` says.
 */
const TABLE = "dev_alipay_keys (one INTEGER PRIMARY KEY, keys TEXT NOT NULL)";
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

export interface Keys {
  /** Base 64 of PKCS #8 and SubjectPublicKeyInfo, as Alipay's own tools hand them out. */
  readonly merchantPrivate: string;
  readonly merchantPublic: string;
  readonly alipayPrivate: string;
  readonly alipayPublic: string;
}

export async function keysOf(db: D1Database): Promise<Keys> {
  await lazyTable(db, TABLE);
  const read = () => db.prepare("SELECT keys FROM dev_alipay_keys").first<{ keys: string }>();
  const known = await read();
  if (known !== null) return JSON.parse(known.keys) as Keys;
  const [merchant, alipay] = await Promise.all([makePair(), makePair()]);
  const made: Keys = {
    merchantPrivate: merchant.secret,
    merchantPublic: merchant.open,
    alipayPrivate: alipay.secret,
    alipayPublic: alipay.open,
  };
  await db
    .prepare("INSERT INTO dev_alipay_keys VALUES (1, ?1) ON CONFLICT DO NOTHING")
    .bind(JSON.stringify(made))
    .run();
  const kept = await read();
  return JSON.parse(kept?.keys ?? "{}") as Keys;
}

async function makePair(): Promise<{ secret: string; open: string }> {
  const options = { ...ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const pair = (await crypto.subtle.generateKey(options, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const secret = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
  const open = (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer;
  return { secret: toBase64(secret), open: toBase64(open) };
}

export async function signText(text: string, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey("pkcs8", bytesOf(secret), ALGORITHM, false, ["sign"]);
  return toBase64(await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(text)));
}

export async function verifyText(text: string, sign: string, open: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("spki", bytesOf(open), ALGORITHM, false, ["verify"]);
  return crypto.subtle.verify(ALGORITHM, key, bytesOf(sign), new TextEncoder().encode(text));
}

function toBase64(buffer: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
