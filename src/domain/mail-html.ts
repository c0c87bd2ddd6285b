import type { MailParts } from "./mail.ts";

/**
 * Mail programs know tables and inline styles and little else. Every colour stands beside its
 * background, so that a program that inverts them for the dark inverts both.
 */
const FONT = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";
const PAGE = `margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2937;font-family:${FONT};font-size:16px;line-height:1.5`;
const CARD = "max-width:560px;width:100%;background:#ffffff;color:#1f2937;border-radius:12px";
const LABEL = "padding:4px 16px 4px 0;color:#6b7280;white-space:nowrap;vertical-align:top";
const VALUE = "padding:4px 0;color:#1f2937;word-break:break-word";
const KEY = `padding:10px 12px;background:#f3f4f6;color:#111827;border-bottom:4px solid #ffffff;font-family:${MONO};font-size:15px;white-space:pre-wrap;word-break:break-all`;
const NOTE = `margin-top:4px;color:#6b7280;font-family:${FONT};font-size:13px`;
const BUTTON =
  "display:inline-block;padding:12px 24px;background:#1d4ed8;color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600";
const SMALL = "margin:12px 0 0;color:#6b7280;font-size:13px";
/** For the programs that ask instead of inverting. */
const DARK = `@media (prefers-color-scheme:dark){.p{background:#111827!important}.c{background:#1f2937!important;color:#f9fafb!important}.v{color:#f9fafb!important}.k{background:#111827!important;color:#f9fafb!important;border-color:#1f2937!important}.m{color:#9ca3af!important}}`;

export function mailHtml(parts: MailParts): string {
  const { strings, purpose, locale } = parts;
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(strings.heading[purpose])}</title>
<style>${DARK}</style>
</head>
<body class="p" style="${PAGE}">
<table role="presentation" align="center" cellpadding="0" cellspacing="0" border="0" class="c" style="${CARD}"><tr><td style="padding:28px">
<h1 style="margin:0 0 12px;font-size:22px;line-height:1.3">${escapeHtml(strings.heading[purpose])}</h1>
<p style="margin:0 0 16px">${escapeHtml(strings.intro[purpose])}</p>
${facts(parts)}
${keys(parts)}${link(parts)}<p class="m" style="${SMALL}">${escapeHtml(strings.footer)}</p>
</td></tr></table>
</body>
</html>
`;
}

function facts({ facts: rows }: MailParts): string {
  const cells = rows.map(
    ([label, value]) =>
      `<tr><td class="m" style="${LABEL}">${escapeHtml(label)}</td><td class="v" style="${VALUE}">${escapeHtml(value)}</td></tr>`,
  );
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">\n${cells.join("\n")}\n</table>`;
}

function keys({ keys: listed, keysTotal, strings, unlisted }: MailParts): string {
  if (listed.length === 0) return "";
  const rows = listed.map(({ secret, note }) => {
    const below =
      note === null
        ? ""
        : `<div class="m" style="${NOTE}">${escapeHtml(`${strings.note}: ${note}`)}</div>`;
    return `<tr><td class="k" style="${KEY}">${escapeHtml(secret)}${below}</td></tr>`;
  });
  const more =
    unlisted === null ? "" : `<p class="v" style="margin:12px 0">${escapeHtml(unlisted)}</p>\n`;
  return `<h2 style="margin:0 0 8px;font-size:16px">${escapeHtml(strings.keys(keysTotal))}</h2>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">
${rows.join("\n")}
</table>
${more}`;
}

function link({ orderUrl, strings }: MailParts): string {
  if (orderUrl === null) return "";
  return `<p style="margin:16px 0 0"><a href="${escapeHtml(orderUrl)}" style="${BUTTON}">${escapeHtml(strings.openOrder)}</a></p>
<p class="m" style="${SMALL}">${escapeHtml(strings.linkIsSecret)}</p>
`;
}

/** Keys, titles and notes are data: nothing in them is ever markup, in text or in an attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
