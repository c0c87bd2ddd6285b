import { hex } from "../../domain/encoding.ts";

const utf8 = new TextEncoder();

/** Lower-case hex of an MD5, as epay writes it. */
const SIGN = /^[0-9a-f]{32}$/;

/**
 * epay v1's signature (易支付, "MD5 签名算法"): `sign`, `sign_type` and empty values dropped, the rest
 * sorted by name byte by byte, joined as `k=v&…` without any encoding, the key appended with no
 * separator, MD5, lower-case hex.
 */
export async function epaySignature(
  parameters: ReadonlyMap<string, string>,
  key: string,
): Promise<string> {
  // Workers keep MD5 in SubtleCrypto for protocols like this one; nothing of ours relies on it.
  const digest = await crypto.subtle.digest("MD5", utf8.encode(signatureBase(parameters) + key));
  return hex(new Uint8Array(digest));
}

/** True only for the one signature of these parameters; takes as long for any wrong one. */
export async function isEpaySignature(
  parameters: ReadonlyMap<string, string>,
  key: string,
): Promise<boolean> {
  const given = parameters.get("sign") ?? "";
  const type = parameters.get("sign_type") ?? "MD5";
  if (!SIGN.test(given) || type.toUpperCase() !== "MD5") return false;
  return sameLength32(given, await epaySignature(parameters, key));
}

/** What is signed, before the key is appended. */
export function signatureBase(parameters: ReadonlyMap<string, string>): string {
  const signed = [...parameters].filter(
    ([name, value]) => name !== "sign" && name !== "sign_type" && value !== "",
  );
  return signed
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Half of a character beyond the first 65,536. Such a pair sorts below U+E000 as text, above it as bytes. */
const SURROGATE = /[\ud800-\udfff]/;

/** By the bytes of UTF-8, which the code units of nearly all text are ordered like. */
function compareNames(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareBytes(utf8.encode(a), utf8.encode(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Both are 32 hex characters by now: every one of them is looked at. */
function sameLength32(a: string, b: string): boolean {
  let difference = 0;
  for (let i = 0; i < 32; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
