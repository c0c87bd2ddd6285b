import { connect } from "cloudflare:sockets";
import { Email } from "worker-mailer";
import type { Mail, MailOutcome, MailSender } from "../../flows/ports.ts";
import { encodeHeader, formatMailbox, type Mailbox } from "./mailbox.ts";
import { smtpDialogue, SmtpRefused, SmtpUnfit, type Envelope } from "./smtp-dialogue.ts";
import { SmtpBroken, SmtpLines } from "./smtp-lines.ts";
import type { SmtpServer } from "./smtp-url.ts";

/** For one mail, from connecting to the server's last word. RFC 5321 would wait longer; the queue comes again. */
const TIMEOUT_MS = 45_000;

/**
 * Mail by SMTP submission over a TCP socket, one connection a mail. The Message-ID is made of the
 * delivery's id: a mail that is sent twice, because its taking was not heard, is one mail in a mailbox
 * that looks.
 */
export function smtpSender(server: SmtpServer, from: Mailbox): MailSender {
  return {
    name: "smtp",
    async send(mail) {
      // The buyer's address was parsed at the door. It goes into a command line, so it is looked at here too.
      if (!/^[!-;=?-~]{3,254}$/.test(mail.to)) return refused(true, "address_malformed");
      const messageId = `<${mail.id}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`;
      const envelope = { from: from.address, to: mail.to, data: message(mail, from, messageId) };
      try {
        await converse(server, envelope);
        return { kind: "sent", messageId };
      } catch (error) {
        return outcome(error);
      }
    },
  };
}

/**
 * The message in MIME, ready for the wire. worker-mailer writes the parts, quoted-printable and with
 * dots stuffed; the headers are ours, because its encoded words know no length and no line break.
 */
function message(mail: Mail, from: Mailbox, messageId: string): string {
  return new Email({
    from: from.address,
    to: mail.to,
    subject: "",
    text: mail.text,
    html: mail.html,
    headers: {
      From: formatMailbox(from),
      To: mail.to,
      Subject: encodeHeader(mail.subject),
      "Message-ID": messageId,
      "Auto-Submitted": "auto-generated",
    },
  }).getEmailData();
}

async function converse(server: SmtpServer, envelope: Envelope): Promise<void> {
  const socket = connect(
    { hostname: server.host, port: server.port },
    { secureTransport: server.tls === "implicit" ? "on" : "starttls", allowHalfOpen: false },
  );
  const lines = new SmtpLines(socket);
  let late: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new SmtpBroken("timeout")), TIMEOUT_MS);
  });
  try {
    await Promise.race([smtpDialogue(server, lines, envelope), deadline]);
  } finally {
    clearTimeout(late);
    // Six connections are all a Worker has: this one is given back whatever happened on it.
    await lines.close();
  }
}

function outcome(error: unknown): MailOutcome {
  if (error instanceof SmtpRefused) {
    const { stage, code, enhanced } = error;
    const reason = [stage, code, enhanced].filter((part) => part !== null).join(" ");
    return refused(isPermanent(error), reason);
  }
  if (error instanceof SmtpUnfit) return refused(false, error.message);
  if (error instanceof SmtpBroken) return refused(false, error.message);
  // The socket's own error: refused, reset, no such host, a certificate that is not trusted.
  return refused(false, "unreachable");
}

/**
 * 5xx is for good where it is said of this recipient or this message (RFC 5321 §4.2.1). Said of the
 * login, the sender or by policy (5.7.x: RFC 3463 §3.8) it is ours to mend or another sender's to do.
 */
function isPermanent({ stage, code, enhanced }: SmtpRefused): boolean {
  if (stage !== "rcpt" && stage !== "data" && stage !== "body") return false;
  return code >= 500 && !(enhanced?.startsWith("5.7.") ?? false);
}

function refused(permanent: boolean, reason: string): MailOutcome {
  return { kind: "refused", permanent, reason };
}
