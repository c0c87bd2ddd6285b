import type { Child } from "hono/jsx";
import { LOCALES } from "../../domain/locale.ts";
import { nonceMark } from "../nonce.ts";
import { textOf } from "./text/text.ts";
import type { Visit } from "./visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly title: string;
  readonly description?: string;
  /** Client scripts of this page: names in public/assets. */
  readonly scripts?: readonly string[];
  /** Style sheets beyond those that every page has. */
  readonly styles?: readonly string[];
  /** Pages of one buyer are none of a search engine's business. */
  readonly unlisted?: boolean;
  /** Without scripts the page loads itself anew after so many seconds. */
  readonly refreshSeconds?: number | undefined;
  /** … and another page in its place: one that needs no scripts. */
  readonly refreshTo?: string;
  readonly children?: Child;
}

/** The frame of every page: one head, one header, one footer. */
export function Layout(properties: Properties) {
  const { visit, children } = properties;
  const { text } = visit;
  return (
    <html lang={visit.locale}>
      <Head {...properties} />
      <body>
        <a class="skip" href="#main">
          {text.shop.skip}
        </a>
        <header class="top">
          <div class="wrap top-row">
            <a class="brand" href="/">
              <Mark />
              <span>{visit.shopName}</span>
            </a>
            <nav class="top-links">
              <a href="/lookup">{text.shop.lookup}</a>
              <Languages visit={visit} />
            </nav>
          </div>
        </header>
        <main id="main" class="wrap" tabindex={-1}>
          {children}
        </main>
        <footer class="foot">
          <div class="wrap foot-row">
            <p>{text.shop.secure}</p>
            <p>{text.shop.poweredBy}</p>
          </div>
        </footer>
      </body>
    </html>
  );
}

function Head(properties: Properties) {
  const { visit, title, description, unlisted, refreshSeconds, refreshTo } = properties;
  const { scripts = [], styles = [] } = properties;
  const nonce = nonceMark();
  const asset = (name: string) => `/assets/${name}?v=${visit.assetVersion}`;
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#f6f5f1" media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content="#0f1513" media="(prefers-color-scheme: dark)" />
      <title>{title === visit.shopName ? title : `${title} · ${visit.shopName}`}</title>
      {description ? <meta name="description" content={description} /> : null}
      {unlisted ? <meta name="robots" content="noindex" /> : <Alternates visit={visit} />}
      {refreshSeconds === undefined ? null : (
        <noscript>
          <meta
            http-equiv="refresh"
            content={
              refreshTo === undefined ? `${refreshSeconds}` : `${refreshSeconds};url=${refreshTo}`
            }
          />
        </noscript>
      )}
      <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      {["base.css", "controls.css", ...styles].map((name) => (
        <link rel="stylesheet" href={asset(name)} nonce={nonce} />
      ))}
      {scripts.map((name) => (
        <script type="module" src={asset(name)} nonce={nonce}></script>
      ))}
    </head>
  );
}

function Alternates({ visit }: { visit: Visit }) {
  return (
    <>
      {LOCALES.map((locale) => (
        <link rel="alternate" hreflang={locale} href={inLanguage(visit.address, locale)} />
      ))}
    </>
  );
}

/** Links, not a menu: two languages fit, and links work everywhere. */
function Languages({ visit }: { visit: Visit }) {
  const others = LOCALES.filter((locale) => locale !== visit.locale);
  return (
    <>
      {others.map((locale) => (
        <a
          class="language"
          href={inLanguage(visit.address, locale)}
          lang={locale}
          hreflang={locale}
          rel="nofollow"
        >
          {textOf(locale).name}
        </a>
      ))}
    </>
  );
}

function inLanguage(address: string, locale: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}lang=${locale}`;
}

/** A drop with a keyhole. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path d="M16 2C11 9 6 14 6 20a10 10 0 0 0 20 0C26 14 21 9 16 2Z" fill="currentColor" />
      <path
        d="M16 14.5a3.4 3.4 0 0 0-1.7 6.3L13.4 26h5.2l-.9-5.2a3.4 3.4 0 0 0-1.7-6.3Z"
        class="mark-hole"
      />
    </svg>
  );
}
