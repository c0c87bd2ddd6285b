import { lazyTable } from "../../lazy-table.ts";
import { bytesOf, toBase64 } from "./base64.ts";

/**
 * RSA keys of a simulated gateway and of its one merchant, made once and kept in the local database: none
 * stands in the repository. Base 64 of PKCS #8 and SubjectPublicKeyInfo, as gateways' own tools hand them out.
 */
export interface Keys {
  readonly merchantPrivate: string;
  readonly merchantPublic: string;
  readonly gatewayPrivate: string;
  readonly gatewayPublic: string;
}

const TABLE = "dev_gateway_keys (gateway TEXT PRIMARY KEY, keys TEXT NOT NULL)";
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

export async function keysOf(db: D1Database, gateway: string): Promise<Keys> {
  await lazyTable(db, TABLE);
  const read = () =>
    db
      .prepare("SELECT keys FROM dev_gateway_keys WHERE gateway = ?1")
      .bind(gateway)
      .first<{ keys: string }>();
  const known = await read();
  if (known !== null) return JSON.parse(known.keys) as Keys;
  const [merchant, own] = await Promise.all([makePair(), makePair()]);
  const made: Keys = {
    merchantPrivate: merchant.secret,
    merchantPublic: merchant.open,
    gatewayPrivate: own.secret,
    gatewayPublic: own.open,
  };
  await db
    .prepare("INSERT INTO dev_gateway_keys VALUES (?1, ?2) ON CONFLICT DO NOTHING")
    .bind(gateway, JSON.stringify(made))
    .run();
  // Whoever was first made the keys that everybody has.
  return JSON.parse((await read())?.keys ?? "{}") as Keys;
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

/** False for what is no base 64 too. */
export async function verifyText(text: string, sign: string, open: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("spki", bytesOf(open), ALGORITHM, false, ["verify"]);
    const bytes = new TextEncoder().encode(text);
    return await crypto.subtle.verify(ALGORITHM, key, bytesOf(sign), bytes);
  } catch {
    return false;
  }
}
