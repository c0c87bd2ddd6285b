import { z } from "zod";
import type { Recognition, Recognized } from "../../../flows/payments/recognition-ports.ts";
import { readAnswer, refusalReason } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";

/** Who somebody is to an app in WeChat: at most 128 characters there. */
const OPEN_ID = /^[\w-]{1,128}$/;
const CODE = /^[\w-]{1,512}$/;

const token = z.object({
  openid: z.string().optional(),
  /** A guest of WeChat's, who has no account that could pay. */
  is_snapshotuser: z.number().optional(),
  errcode: z.number().optional(),
  errmsg: z.string().optional(),
});

/** Nothing was wrong with the code: the secret, our address there, or their own trouble. */
const CREDENTIALS = new Set([40001, 40013, 40125, 40164, 50007]);
const BUSY = new Set([-1, 45009, 45011]);

/**
 * "网页授权" of WeChat's Official Accounts by `snsapi_base`: silent, and it tells who, and nothing else. A code is good
 * once and for five minutes. The access token that comes beside the name is thrown away.
 */
export function recognitionOf(
  { appid, secret }: { readonly appid: string; readonly secret: string },
  world: GatewayWorld,
): Recognition {
  return {
    inside: "wechat",
    // In this order and with that fragment: WeChat holds the address against a pattern.
    address: (returnUrl, state) =>
      `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${appid}` +
      `&redirect_uri=${encodeURIComponent(returnUrl)}&response_type=code&scope=snsapi_base` +
      `&state=${state}#wechat_redirect`,
    openIdOf: (code) => openIdOf({ appid, secret, code }, world),
  };
}

async function openIdOf(
  { appid, secret, code }: { appid: string; secret: string; code: string },
  { send }: GatewayWorld,
): Promise<Recognized> {
  if (!CODE.test(code)) return { kind: "refused", reason: "not a code of WeChat's" };
  const query = new URLSearchParams({ appid, secret, code, grant_type: "authorization_code" });
  const url = `https://api.weixin.qq.com/sns/oauth2/access_token?${query}`;
  const answer = await send({ method: "GET", url });
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, token);
  if (read.kind !== "read") return read;
  const { openid = "", is_snapshotuser: isGuest, errcode = 0, errmsg } = read.value;
  if (BUSY.has(errcode)) return unavailable("status");
  if (CREDENTIALS.has(errcode)) return unavailable("credentials");
  if (errcode !== 0) return { kind: "refused", reason: refusalReason(`${errcode} ${errmsg}`) };
  if (isGuest === 1) return { kind: "refused", reason: "a guest of WeChat's" };
  return OPEN_ID.test(openid)
    ? { kind: "recognized", openId: openid }
    : unavailable("not_understood");
}
