import { z } from "zod";
import { base64, fromBase64 } from "../../../domain/encoding.ts";
import { privateKeyDer, publicKeyDer } from "./der.ts";

/** RSASSA-PKCS1-v1_5 with SHA-256: Alipay's RSA2, WeChat's SHA256-RSA2048, epay v2's RSA. */
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
/** Base 64 of a signature of 1,024 to 8,192 bits. */
const SIGNATURE = /^[0-9A-Za-z+/]{170,1368}={0,2}$/;
/** The most that a key or certificate is pasted as. */
const KEY_CHARACTERS_MAX = 8_192;

/** True only for the signature in base 64 over the text's UTF-8; anything else is false. */
export type Verify = (text: string, signature: string) => Promise<boolean>;
/** The signature in base 64 over the text's UTF-8. */
export type Sign = (text: string) => Promise<string>;

/** Keys are imported when they are first needed, and kept. The key text was checked by its schema. */
export function makeVerify(publicKey: string): Verify {
  let key: CryptoKey | undefined;
  return async (text, signature) => {
    const bytes = SIGNATURE.test(signature) ? fromBase64(signature) : null;
    if (bytes === null) return false;
    key ??= await importPublic(publicKey);
    return crypto.subtle.verify(ALGORITHM, key, bytes, new TextEncoder().encode(text));
  };
}

export function makeSign(privateKey: string): Sign {
  let key: CryptoKey | undefined;
  return async (text) => {
    key ??= await importPrivate(privateKey);
    const signature = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(text));
    return base64(new Uint8Array(signature));
  };
}

function importPublic(text: string): Promise<CryptoKey> {
  const der = publicKeyDer(text);
  if (der === null) throw new Error("not an RSA public key");
  return crypto.subtle.importKey("spki", der, ALGORITHM, false, ["verify"]);
}

function importPrivate(text: string): Promise<CryptoKey> {
  const der = privateKeyDer(text);
  if (der === null) throw new Error("not an RSA private key");
  return crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

/** An RSA public key, or a certificate of one, as gateways hand them out. */
export const publicKeyText = z
  .string()
  .max(KEY_CHARACTERS_MAX)
  .refine((text) => publicKeyDer(text) !== null, "must be an RSA public key: PEM, or its base 64");

/** An RSA private key, as gateways' tools make them. */
export const privateKeyText = z
  .string()
  .max(KEY_CHARACTERS_MAX)
  .refine((text) => privateKeyDer(text) !== null, {
    message: "must be an RSA private key, PKCS #8 or PKCS #1: PEM, or its base 64",
  });
