import type { Child } from "hono/jsx";
import { raw } from "hono/html";

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#667085;--line:#e4e7ec;--paper:#fff;--ground:#f5f6f8;--accent:#1d6fe0;--warn:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2c3440;--paper:#171c24;--ground:#0f131a;--accent:#6aa7ff;--warn:#ff8b7d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem 4rem}
.note{color:var(--soft);font-size:.875rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.5rem;margin:1rem 0}
.sum{font-size:2.25rem;font-weight:650;margin:.25rem 0;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
button,.button{font:inherit;border:1px solid var(--line);border-radius:8px;background:var(--paper);color:var(--ink);padding:.55rem 1rem;cursor:pointer;text-decoration:none;display:inline-block}
button:hover,.button:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.primary{background:#1d6fe0;border-color:#1d6fe0;color:#fff;width:100%;padding:.8rem;font-weight:600;margin-top:1.25rem;text-align:center}
.grid{display:grid;gap:.5rem;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.5rem .5rem .5rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:first-child>*{border-top:0}
a{color:var(--accent)}
.bad{color:var(--warn)}
iframe{width:100%;height:32rem;border:1px solid var(--line);border-radius:8px;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1rem;margin:0 0 .75rem}`;

/** The frame of every page of the development build; it has no part in the shop's own pages. */
export function Page(props: { title: string; lang: "zh-CN" | "en"; children: Child }) {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={props.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>{props.title}</title>
          <style>{raw(STYLE)}</style>
        </head>
        <body>
          <main>{props.children}</main>
        </body>
      </html>
    </>
  );
}
