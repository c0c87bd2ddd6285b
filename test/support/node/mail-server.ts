import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

const FILES = join(import.meta.dirname, "..", "..", "data", "smtp");
export const USER = "shop@example.com";
export const PASSWORD = "pass:word/ 密码";

export interface Arrived {
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface MailServer {
  readonly port: number;
  readonly arrived: Arrived[];
  stop(): Promise<void>;
}

/** Refuses by the recipient's name: "550@…" hears 550, "450@…" 450, "554-5.7.1@…" that. */
function refusal(address: string): Error | null {
  const match = /^(\d{3})(?:-(\d\.\d\.\d))?@/.exec(address);
  if (match === null) return null;
  const text = `${match[2] === undefined ? "" : `${match[2]} `}not for <${address}>`;
  return Object.assign(new Error(text), { responseCode: Number(match[1]) });
}

/** A certificate that no authority signed. */
export function untrusted(): SMTPServerOptions {
  return { cert: readFileSync(join(FILES, "untrusted.crt")) };
}

/** A real SMTP server on a free port of this machine, which keeps what it takes. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const arrived: Arrived[] = [];
  const server = new SMTPServer({
    key: readFileSync(join(FILES, "server.key")),
    cert: readFileSync(join(FILES, "server.crt")),
    authMethods: ["PLAIN", "LOGIN"],
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      if (username === USER && password === PASSWORD) done(null, { user: username });
      else done(new Error("who are you"));
    },
    onRcptTo: ({ address }, _session, done) => done(refusal(address)),
    onData(stream, session, done) {
      const keep = async () => {
        const bytes = await buffer(stream);
        const parsed = await simpleParser(bytes);
        const { mailFrom, rcptTo } = session.envelope;
        arrived.push({
          raw: bytes.toString("latin1"),
          parsed,
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map((recipient) => recipient.address),
          secure: session.secure,
          user: session.user,
        });
        const tooBig = parsed.subject?.includes("too-big") === true;
        return tooBig ? Object.assign(new Error("too big"), { responseCode: 552 }) : null;
      };
      // The server is one of callbacks: this is where the two worlds meet.
      // oxlint-disable-next-line promise/no-callback-in-promise
      keep().then(done, done);
    },
    ...options,
  });
  // Clients that hang up in the middle are what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    arrived,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
