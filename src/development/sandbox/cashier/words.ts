export type Lang = "zh-CN" | "en";

export interface Words {
  readonly title: string;
  readonly explained: string;
  readonly order: string;
  readonly trade: string;
  readonly otherwise: string;
  readonly notices: string;
  readonly none: string;
  readonly backToShop: string;
  readonly again: string;
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
    otherwise: "让网关出点状况",
    notices: "通知与商户的应答",
    none: "没有发送通知。",
    backToShop: "返回商店",
    again: "回到收银台",
  },
  en: {
    title: "Simulated cashier",
    explained: "The gateway simulator of the development build. No money moves.",
    order: "Order",
    trade: "Trade",
    otherwise: "Or let the gateway misbehave",
    notices: "Notices, and what the shop answered",
    none: "No notice was sent.",
    backToShop: "Back to the shop",
    again: "Back to the cashier",
  },
};
