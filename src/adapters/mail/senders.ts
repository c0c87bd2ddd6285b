import type { MailSender } from "../../flows/ports.ts";
import { parseMailbox, type Mailbox } from "./mailbox.ts";
import type { MailSettings } from "./mail-settings.ts";
import { resendSender } from "./resend.ts";
import { parseSmtpUrl } from "./smtp-url.ts";
import { smtpSender } from "./smtp.ts";

/**
 * The senders of this deployment. A setting that is wrong does not stop the shop: its sender is
 * there, refuses every mail and says why, where the merchant looks for mails that did not go out.
 */
export function makeMailSenders(env: MailSettings): readonly MailSender[] {
  return env.MAIL_SENDERS.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => makeSender(name, env));
}

function makeSender(name: string, env: MailSettings): MailSender {
  const from = parseMailbox(env.MAIL_FROM);
  if (from === null) return misconfigured(name, "MAIL_FROM is not a mailbox");
  switch (name) {
    case "smtp":
      return makeSmtp(env, from);
    case "resend":
      return makeResend(env, from);
    default:
      return misconfigured(name.slice(0, 20), "MAIL_SENDERS knows smtp and resend");
  }
}

function makeSmtp({ SMTP_URL }: MailSettings, from: Mailbox): MailSender {
  const server = parseSmtpUrl(SMTP_URL);
  return server.ok ? smtpSender(server.value, from) : misconfigured("smtp", server.error);
}

function makeResend({ RESEND_API_KEY, RESEND_ORIGIN }: MailSettings, from: Mailbox): MailSender {
  if (!RESEND_API_KEY) return misconfigured("resend", "RESEND_API_KEY is missing");
  return resendSender({
    apiKey: RESEND_API_KEY,
    // JSON carries any letters: only headers need them encoded.
    from: from.name === null ? from.address : `${from.name} <${from.address}>`,
    ...(RESEND_ORIGIN ? { origin: RESEND_ORIGIN } : {}),
  });
}

function misconfigured(name: string, problem: string): MailSender {
  const reason = `misconfigured: ${problem}`;
  return { name, send: async () => ({ kind: "refused", permanent: false, reason }) };
}
