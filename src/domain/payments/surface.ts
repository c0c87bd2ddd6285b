/**
 * Where a buyer looks at the shop, as far as ways to pay differ by it: a computer, a phone's browser, or
 * the browser inside an app, which lets no rival's cashier in.
 */
export const SURFACES = ["desktop", "phone", "wechat", "alipay", "qq"] as const;
export type Surface = (typeof SURFACES)[number];
export type App = Exclude<Surface, "desktop" | "phone">;

export interface Seen {
  readonly surface: Surface;
  readonly phone: boolean;
}

/**
 * By what the browser says of itself: a hint for what to offer, and nothing that grants anything.
 * `mobileHint` is Sec-CH-UA-Mobile, where it was sent. WeChat on a computer (WindowsWechat, MacWechat)
 * is WeChat as well.
 */
export function seenBy(userAgent: string, mobileHint: string | undefined): Seen {
  const says = /Mobi|Android|iPhone/.test(userAgent);
  const phone = mobileHint === undefined ? says : mobileHint === "?1" || says;
  return { surface: appOf(userAgent) ?? (phone ? "phone" : "desktop"), phone };
}

/** QQ's own browser ("MQQBrowser") is a browser; only the one inside the app says "QQ/". */
function appOf(userAgent: string): App | null {
  if (/MicroMessenger\//i.test(userAgent)) return "wechat";
  if (/AlipayClient\//i.test(userAgent)) return "alipay";
  if (/\bQQ\/[\d.]/.test(userAgent)) return "qq";
  return null;
}
