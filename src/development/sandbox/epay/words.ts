import type { Play } from "./play.ts";

export type Lang = "zh-CN" | "en";

export interface Words {
  readonly title: string;
  readonly explained: string;
  readonly order: string;
  readonly trade: string;
  readonly channel: string;
  readonly payNow: string;
  readonly otherwise: string;
  readonly notices: string;
  readonly none: string;
  readonly backToShop: string;
  readonly again: string;
  readonly refused: string;
  readonly plays: Readonly<Record<Exclude<Play, "pay">, string>>;
}

export function wordsFor(acceptLanguage: string | undefined): { lang: Lang; words: Words } {
  const lang = /^\s*zh/i.test(acceptLanguage ?? "") ? "zh-CN" : "en";
  return { lang, words: WORDS[lang] };
}

const WORDS: Readonly<Record<Lang, Words>> = {
  "zh-CN": {
    title: "模拟收银台",
    explained: "这是开发环境的支付网关模拟器，不会产生真实扣款。",
    order: "商户订单号",
    trade: "交易号",
    channel: "支付方式",
    payNow: "立即支付",
    otherwise: "让网关出点状况",
    notices: "通知与商户的应答",
    none: "没有发送通知。",
    backToShop: "返回商店",
    again: "回到收银台",
    refused: "网关拒绝了这笔请求",
    plays: {
      twice: "通知两次",
      parallel: "并发通知 40 次",
      late: "30 秒后才通知",
      wrong_sum: "金额多一分",
      not_paid_first: "先发未支付通知",
      not_paid_last: "支付后再发未支付",
      bad_signature: "错误签名",
      no_signature: "缺少签名",
      array_signature: "sign[]= 签名",
      wrong_pid: "其他商户号",
      never: "不支付",
    },
  },
  en: {
    title: "Simulated cashier",
    explained: "The gateway simulator of the development build. No money moves.",
    order: "Order",
    trade: "Trade",
    channel: "Channel",
    payNow: "Pay now",
    otherwise: "Or let the gateway misbehave",
    notices: "Notices, and what the shop answered",
    none: "No notice was sent.",
    backToShop: "Back to the shop",
    again: "Back to the cashier",
    refused: "The gateway refused this request",
    plays: {
      twice: "Notify twice",
      parallel: "40 notices in parallel",
      late: "Notify 30 s late",
      wrong_sum: "One cent too much",
      not_paid_first: "Send “not paid” first",
      not_paid_last: "Send “not paid” last",
      bad_signature: "Wrong signature",
      no_signature: "No signature",
      array_signature: "sign[]= signature",
      wrong_pid: "Another pid",
      never: "Do not pay",
    },
  },
};
