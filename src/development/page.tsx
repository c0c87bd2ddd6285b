import type { Child } from "hono/jsx";
import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { LOCALES, type Locale } from "../domain/locale.ts";
import type { AppContext } from "../http/env.ts";
import { nonceMark } from "../http/nonce.ts";
import { answerHtml, documentOf, type Answer } from "../http/storefront/html.ts";
import { STYLE } from "./style.ts";

const FRAME = {
  "zh-CN": {
    name: "简体中文",
    skip: "跳到正文",
    where: "开发环境",
    shop: "商店",
    gateways: "网关",
    mail: "邮件",
    offline: "仅限开发环境：不会真实扣款，任何数据都不会离开本机。",
  },
  en: {
    name: "English",
    skip: "Skip to content",
    where: "development",
    shop: "Shop",
    gateways: "Gateways",
    mail: "Mail",
    offline: "Development only: no money moves, nothing leaves this machine.",
  },
} as const satisfies Record<Locale, object>;

interface Properties {
  readonly title: string;
  readonly locale: Locale;
  /** Where this page is in another language; where it has but one, none. */
  readonly address?: string;
  readonly children: Child;
}

/** The frame of every page of the development build: the shop's own colours and controls, a head of its own. */
export function Page({ title, locale, address, children }: Properties) {
  const words = FRAME[locale];
  const nonce = nonceMark();
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · kamidrop ${words.where}`}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/base.css" nonce={nonce} />
        <link rel="stylesheet" href="/assets/controls.css" nonce={nonce} />
        <style nonce={nonce}>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="top">
          <div class="wrap top-row">
            <a class="brand" href="/sandbox">
              <span>
                kamidrop <span class="where">{words.where}</span>
              </span>
            </a>
            <nav class="top-links">
              <a href="/">{words.shop}</a>
              <a href="/sandbox">{words.gateways}</a>
              <a href="/dev/mail">{words.mail}</a>
              {address === undefined ? null : <Languages address={address} locale={locale} />}
            </nav>
          </div>
        </header>
        <main id="main" class="wrap" tabindex={-1}>
          {children}
        </main>
        <footer class="foot">
          <div class="wrap foot-row">
            <p>{words.offline}</p>
          </div>
        </footer>
      </body>
    </html>
  );
}

function Languages({ address, locale }: { address: string; locale: Locale }) {
  const separator = address.includes("?") ? "&" : "?";
  return (
    <>
      {LOCALES.filter((other) => other !== locale).map((other) => (
        <a href={`${address}${separator}lang=${other}`} lang={other} hreflang={other}>
          {FRAME[other].name}
        </a>
      ))}
    </>
  );
}

/** With the shop's headers: its policy lets a page run nothing, and draw what the frame has put in. */
export async function answerPage(
  c: AppContext,
  page: HtmlEscapedString | Promise<HtmlEscapedString>,
  answer: Answer = {},
): Promise<Response> {
  return answerHtml(c, await documentOf(page), answer);
}
