import { hex } from "../../../domain/encoding.ts";
import { signatureBase } from "./signature-base.ts";

/** Lower-case hex of an MD5, as all of these gateways write it. */
const SIGNATURE = /^[0-9a-f]{32}$/;

/** The rule of one gateway: which fields are not signed, and which of them holds the signature. */
export interface Md5Rule {
  readonly field: string;
  readonly dropped: ReadonlySet<string>;
}

/** epay v1 (易支付, "MD5 签名算法"). */
export const EPAY_RULE: Md5Rule = { field: "sign", dropped: new Set(["sign", "sign_type"]) };

/** The signature base with the secret appended, no separator between; MD5, lower-case hex. */
export async function md5Signature(
  parameters: ReadonlyMap<string, string>,
  secret: string,
  { dropped }: Md5Rule,
): Promise<string> {
  const signed = new TextEncoder().encode(signatureBase(parameters, dropped) + secret);
  // Workers keep MD5 in SubtleCrypto for protocols like this one; nothing of ours relies on it.
  return hex(new Uint8Array(await crypto.subtle.digest("MD5", signed)));
}

/** True only for the one signature of these parameters; takes as long for any wrong one. */
export async function isMd5Signature(
  parameters: ReadonlyMap<string, string>,
  secret: string,
  rule: Md5Rule,
): Promise<boolean> {
  const given = parameters.get(rule.field) ?? "";
  if (!SIGNATURE.test(given)) return false;
  return sameLength32(given, await md5Signature(parameters, secret, rule));
}

/** Both are 32 hex characters by now: every one of them is looked at. */
function sameLength32(a: string, b: string): boolean {
  let difference = 0;
  for (let i = 0; i < 32; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
