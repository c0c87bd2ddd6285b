import type { Locale } from "../locale.ts";
import { escapeHtml, MAIL_MONO, MAIL_SMALL, mailFrame } from "./mail-frame.ts";
import { oneLine } from "./one-line.ts";

export interface CodeMail {
  readonly locale: Locale;
  /** Six digits. */
  readonly code: string;
  readonly productTitle: string;
  /** How long it is good for, at the least. */
  readonly minutes: number;
}

interface CodeMailStrings {
  readonly subject: (code: string, title: string) => string;
  readonly heading: string;
  readonly intro: (title: string) => string;
  readonly validity: (minutes: number) => string;
  readonly footer: string;
}

/** Every sentence of it. A locale that lacks one does not compile. */
export const CODE_MAIL_STRINGS: Readonly<Record<Locale, CodeMailStrings>> = {
  "zh-CN": {
    subject: (code, title) => `${code} 是您的排队验证码：${title}`,
    heading: "您的排队验证码",
    intro: (title) => `请在排队页面输入此验证码，加入「${title}」的队伍。`,
    validity: (minutes) => `${minutes} 分钟内有效。请勿告诉任何人：拿到它的人可以用您的邮箱排队。`,
    footer: "这是一封自动发送的邮件。如非您本人操作，请忽略，不会有任何后果。",
  },
  en: {
    subject: (code, title) => `${code} is your code: ${title}`,
    heading: "Your code for the line",
    intro: (title) => `Type this code on the page to join the line for ${title}.`,
    validity: (minutes) =>
      `It is good for ${minutes} minutes. Tell it to nobody: whoever has it can stand in line with your address.`,
    footer:
      "This mail was sent automatically. If you asked for no code, ignore it: nothing happens.",
  },
};

const CODE = `margin:0 0 8px;padding:14px 12px;background:#f3f4f6;color:#111827;border-radius:8px;font-family:${MAIL_MONO};font-size:30px;letter-spacing:8px;text-align:center`;

/** The code stands on a line of its own in both forms, so that a double click takes it whole. */
export function writeCodeMail({ locale, code, productTitle, minutes }: CodeMail) {
  const strings = CODE_MAIL_STRINGS[locale];
  const title = oneLine(productTitle);
  const intro = strings.intro(title);
  const validity = strings.validity(minutes);
  return {
    subject: strings.subject(code, title),
    text: [intro, "", code, "", validity, "", strings.footer, ""].join("\n"),
    html: mailFrame({
      locale,
      heading: strings.heading,
      intro,
      body:
        `<p class="k" style="${CODE}">${escapeHtml(code)}</p>\n` +
        `<p class="m" style="${MAIL_SMALL}">${escapeHtml(validity)}</p>\n`,
      footer: strings.footer,
    }),
  };
}
