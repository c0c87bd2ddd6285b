import { escapeHtml, MAIL_FONT, MAIL_MONO, MAIL_SMALL, mailFrame } from "./mail-frame.ts";
import type { MailParts } from "./mail.ts";

const LABEL = "padding:4px 16px 4px 0;color:#6b7280;white-space:nowrap;vertical-align:top";
const VALUE = "padding:4px 0;color:#1f2937;word-break:break-word";
const KEY = `padding:10px 12px;background:#f3f4f6;color:#111827;border-bottom:4px solid #ffffff;font-family:${MAIL_MONO};font-size:15px;white-space:pre-wrap;word-break:break-all`;
const NOTE = `margin-top:4px;color:#6b7280;font-family:${MAIL_FONT};font-size:13px`;
const BUTTON =
  "display:inline-block;padding:12px 24px;background:#1d4ed8;color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600";

export function mailHtml(parts: MailParts): string {
  const { strings, purpose, locale } = parts;
  return mailFrame({
    locale,
    heading: strings.heading[purpose],
    intro: strings.intro[purpose],
    body: `${facts(parts)}\n${keys(parts)}${link(parts)}`,
    footer: strings.footer,
  });
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
<p class="m" style="${MAIL_SMALL}">${escapeHtml(strings.linkIsSecret)}</p>
`;
}
