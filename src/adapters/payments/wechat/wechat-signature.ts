import { base64url } from "../../../domain/encoding.ts";
import type { GatewayWorld } from "../gateway.ts";
import type { WechatAccount } from "./wechat-account.ts";

/** The oldest that a signature may be, and the furthest ahead its clock, seconds. */
const AGE_SECONDS_MAX = 300;
/** 24 characters; WeChat takes up to 32. */
const NONCE_BYTES = 18;

/**
 * A notice's or an answer's signature over `timestamp\nnonce\nbody\n` (WeChat Pay API v3, "验证签名").
 * The key is the one that `Wechatpay-Serial` names; a serial that the account does not have is nobody's.
 */
export async function checkSignature(
  { verifiers }: Pick<WechatAccount, "verifiers">,
  { clock }: Pick<GatewayWorld, "clock">,
  header: (name: string) => string,
  body: string,
): Promise<"genuine" | "signature" | "stale"> {
  const [timestamp, nonce] = [header("wechatpay-timestamp"), header("wechatpay-nonce")];
  const verify = verifiers.get(header("wechatpay-serial"));
  if (verify === undefined || !/^\d{1,12}$/.test(timestamp) || nonce === "") return "signature";
  const signed = `${timestamp}\n${nonce}\n${body}\n`;
  if (!(await verify(signed, header("wechatpay-signature")))) return "signature";
  const age = Math.abs(clock.nowMs() / 1_000 - Number(timestamp));
  return age <= AGE_SECONDS_MAX ? "genuine" : "stale";
}

interface Signed {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body: string;
}

/** The Authorization header of a request of ours: over `METHOD\nURL\ntimestamp\nnonce\nbody\n`. */
export async function authorization(
  { mchid, serialNo, sign }: WechatAccount,
  { clock, entropy }: GatewayWorld,
  { method, url, body }: Signed,
): Promise<string> {
  const timestamp = Math.floor(clock.nowMs() / 1_000);
  const nonce = base64url(entropy.bytes(NONCE_BYTES));
  const { pathname, search } = new URL(url);
  const signature = await sign(
    `${method}\n${pathname}${search}\n${timestamp}\n${nonce}\n${body}\n`,
  );
  const parts = {
    mchid,
    nonce_str: nonce,
    signature,
    timestamp: String(timestamp),
    serial_no: serialNo,
  };
  const written = Object.entries(parts).map(([name, value]) => `${name}="${value}"`);
  return `WECHATPAY2-SHA256-RSA2048 ${written.join(",")}`;
}

/** What a page inside WeChat hands to `getBrandWCPayRequest`. */
export async function jsapiFields(
  { appid, sign }: WechatAccount,
  { clock, entropy }: GatewayWorld,
  prepayId: string,
): Promise<Record<string, string>> {
  const timeStamp = String(Math.floor(clock.nowMs() / 1_000));
  const nonceStr = base64url(entropy.bytes(NONCE_BYTES));
  const bundle = `prepay_id=${prepayId}`;
  const paySign = await sign(`${appid}\n${timeStamp}\n${nonceStr}\n${bundle}\n`);
  return { appId: appid, timeStamp, nonceStr, package: bundle, signType: "RSA", paySign };
}
