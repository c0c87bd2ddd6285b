import type { Locale } from "../locale.ts";

/**
 * The frame of every mail in HTML. Mail programs know tables and inline styles and little else.
 * Every colour stands beside its background, so that a program that inverts them for the dark
 * inverts both.
 */
const FONT = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";
const PAGE = `margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2937;font-family:${FONT};font-size:16px;line-height:1.5`;
const CARD = "max-width:560px;width:100%;background:#ffffff;color:#1f2937;border-radius:12px";
/** For the programs that ask instead of inverting. */
const DARK = `@media (prefers-color-scheme:dark){.p{background:#111827!important}.c{background:#1f2937!important;color:#f9fafb!important}.v{color:#f9fafb!important}.k{background:#111827!important;color:#f9fafb!important;border-color:#1f2937!important}.m{color:#9ca3af!important}}`;

export const MAIL_FONT = FONT;
export const MAIL_MONO = MONO;
export const MAIL_SMALL = "margin:12px 0 0;color:#6b7280;font-size:13px";

interface Frame {
  readonly locale: Locale;
  readonly heading: string;
  readonly intro: string;
  /** Markup of the mail's own. */
  readonly body: string;
  readonly footer: string;
}

export function mailFrame({ locale, heading, intro, body, footer }: Frame): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(heading)}</title>
<style>${DARK}</style>
</head>
<body class="p" style="${PAGE}">
<table role="presentation" align="center" cellpadding="0" cellspacing="0" border="0" class="c" style="${CARD}"><tr><td style="padding:28px">
<h1 style="margin:0 0 12px;font-size:22px;line-height:1.3">${escapeHtml(heading)}</h1>
<p style="margin:0 0 16px">${escapeHtml(intro)}</p>
${body}<p class="m" style="${MAIL_SMALL}">${escapeHtml(footer)}</p>
</td></tr></table>
</body>
</html>
`;
}

/** What is in a mail is data: nothing in it is ever markup, in text or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
