import { base64 } from "../../domain/encoding.ts";
import type { SmtpLines, SmtpReply } from "./smtp-lines.ts";
import type { SmtpServer } from "./smtp-url.ts";

export interface Envelope {
  readonly from: string;
  readonly to: string;
  /** Whole, dots stuffed, ended by the line with the dot. */
  readonly data: string;
}

export type SmtpStage =
  | "greeting"
  | "ehlo"
  | "starttls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body";

/** The server said no: to which command, and with which codes. Its words stay with us: they quote addresses. */
export class SmtpRefused extends Error {
  override readonly name = "SmtpRefused";
  readonly stage: SmtpStage;
  readonly code: number;
  readonly enhanced: string | null;

  constructor(stage: SmtpStage, { code, enhanced }: Pick<SmtpReply, "code" | "enhanced">) {
    super(`${stage} ${code}`);
    this.stage = stage;
    this.code = code;
    this.enhanced = enhanced;
  }
}

/** The server lacks what we insist on. */
export class SmtpUnfit extends Error {
  override readonly name = "SmtpUnfit";
}

/**
 * A Worker has no name and no fixed address. The address literal is what other clients without a
 * name send, and submission servers look at the login instead (RFC 5321 §4.1.4, RFC 6409).
 */
const EHLO = "EHLO [127.0.0.1]";

/**
 * One mail over one connection (RFC 5321, RFC 3207, RFC 4954). Returns when the server has taken
 * the mail; throws SmtpRefused, SmtpUnfit, SmtpBroken or what the socket throws.
 */
export async function smtpDialogue(
  server: SmtpServer,
  lines: SmtpLines,
  { from, to, data }: Envelope,
): Promise<void> {
  expect("greeting", await lines.reply(), 2);
  let offered = await ehlo(lines);
  if (server.tls !== "implicit") {
    if (offered.has("STARTTLS")) {
      expect("starttls", await lines.command("STARTTLS"), 2);
      lines.startTls();
      offered = await ehlo(lines);
    } else if (server.tls === "required") {
      throw new SmtpUnfit("starttls_not_offered");
    }
  }
  if (server.credentials !== null) await login(lines, offered, server.credentials);
  expect("mail", await lines.command(`MAIL FROM:<${from}>`), 2);
  expect("rcpt", await lines.command(`RCPT TO:<${to}>`), 2);
  expect("data", await lines.command("DATA"), 3);
  await lines.write(data);
  expect("body", await lines.reply(), 2);
  // The mail is the server's now. Goodbye is a courtesy that cannot take that back.
  await lines.write("QUIT\r\n").catch(() => undefined);
}

async function ehlo(lines: SmtpLines): Promise<ReadonlyMap<string, string>> {
  const reply = expect("ehlo", await lines.command(EHLO), 2);
  return new Map(
    reply.lines.slice(1).map((line) => {
      const [keyword = "", ...parameters] = line.toUpperCase().split(/[ =]/);
      return [keyword, parameters.join(" ")];
    }),
  );
}

async function login(
  lines: SmtpLines,
  offered: ReadonlyMap<string, string>,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<void> {
  const mechanisms = (offered.get("AUTH") ?? "").split(" ");
  if (mechanisms.includes("PLAIN")) {
    const response = encode(`\0${user}\0${password}`);
    expect("auth", await lines.command(`AUTH PLAIN ${response}`), 2);
  } else if (mechanisms.includes("LOGIN")) {
    expect("auth", await lines.command("AUTH LOGIN"), 3);
    expect("auth", await lines.command(encode(user)), 3);
    expect("auth", await lines.command(encode(password)), 2);
  } else {
    throw new SmtpUnfit("auth_not_offered");
  }
}

function encode(text: string): string {
  return base64(new TextEncoder().encode(text));
}

function expect(stage: SmtpStage, reply: SmtpReply, hundreds: 2 | 3): SmtpReply {
  if (Math.floor(reply.code / 100) !== hundreds) throw new SmtpRefused(stage, reply);
  return reply;
}
