import { z } from "zod";
import { fromBase64 } from "../../../domain/encoding.ts";
import type { Sign, Verify } from "../signatures/rsa.ts";

/** An account of WeChat Pay with its keys at work. */
export interface WechatAccount {
  readonly appid: string;
  readonly mchid: string;
  readonly serialNo: string;
  readonly scene: "auto" | "native" | "h5" | "jsapi";
  readonly sign: Sign;
  /** WeChat's keys by `Wechatpay-Serial`. */
  readonly verifiers: ReadonlyMap<string, Verify>;
  /** Which key answers are to be signed with; null where WeChat decides. */
  readonly answerKeyId: string | null;
  readonly openResource: OpenResource;
}

/** A transaction as notices and answers tell it. It has no number before it is paid. */
export const transaction = z.object({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().optional(),
  trade_state: z.string(),
  success_time: z.string().optional(),
  amount: z.object({ total: z.int().nonnegative(), currency: z.string().optional() }).optional(),
});

export interface SealedResource {
  readonly ciphertext: string;
  readonly nonce: string;
  readonly associated_data?: string | null | undefined;
}

/** Null for what was sealed with another key, or altered. */
export type OpenResource = (resource: SealedResource) => Promise<string | null>;

/** AES-GCM as notices are sealed: the APIv3 key's bytes are its characters, the tag is the last 16 bytes. */
export function makeOpenResource(apiV3Key: string): OpenResource {
  const utf8 = new TextEncoder();
  let key: CryptoKey | undefined;
  return async ({ ciphertext, nonce, associated_data }) => {
    const box = fromBase64(ciphertext);
    if (box === null || nonce === "") return null;
    key ??= await crypto.subtle.importKey("raw", utf8.encode(apiV3Key), "AES-GCM", false, [
      "decrypt",
    ]);
    const additionalData = utf8.encode(associated_data ?? "");
    const algorithm = { name: "AES-GCM", iv: utf8.encode(nonce), additionalData };
    try {
      const plain = await crypto.subtle.decrypt(algorithm, key, box);
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
    } catch {
      return null;
    }
  };
}
