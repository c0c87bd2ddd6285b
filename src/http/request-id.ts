import { base32 } from "../domain/encoding.ts";

/** 100 bits: no two requests have the same. */
export function newRequestId(): string {
  return `req_${base32(crypto.getRandomValues(new Uint8Array(13)), 20)}`;
}
