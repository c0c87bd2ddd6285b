import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { DeliveryId, OrderId } from "../../src/domain/ids.ts";
import { writeMail } from "../../src/domain/mail/mail.ts";
import type { Mail, MailOutcome } from "../../src/flows/ports.ts";
import { startMailProbe, type MailProbe } from "../support/node/mail-probe.ts";
import {
  PASSWORD,
  startMailServer,
  untrusted,
  USER,
  type MailServer,
} from "../support/node/mail-server.ts";

// workerd trusts what Node is told to trust, and Miniflare reads it when it is imported.
vi.hoisted(() => {
  process.env.NODE_EXTRA_CA_CERTS = `${import.meta.dirname}/../data/smtp/ca.crt`;
});

const LOGIN = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;

let probe: MailProbe;
/** Wants a login and speaks STARTTLS, as a submission server does. */
let submission: MailServer;
/** A relay of the old kind: no TLS, no login. */
let relay: MailServer;

beforeAll(async () => {
  submission = await startMailServer();
  relay = await startMailServer({ disabledCommands: ["STARTTLS", "AUTH"] });
  probe = await startMailProbe();
});

afterAll(async () => {
  await probe.stop();
  await submission.stop();
  await relay.stop();
});

const KEYS = [
  "AAAA-BBBB-CCCC-DDDD",
  ".starts-with-a-dot",
  "..",
  ".",
  "=3D looks=like=encoding ",
  "账号----密码----备注",
  "From the start of a line",
  `long-${"x".repeat(2000)}`,
  "<b>&amp;\"'</b>",
  "😀 beyond the first plane",
];

function mail(changes: Partial<Mail> = {}): Mail {
  const content = writeMail({
    purpose: "keys",
    locale: "zh-CN",
    orderId: "ord_00000100000000000000000000" as OrderId,
    productTitle: "视频会员 30 天 · 官方直充，全国通用，拍下即发，售后无忧，非常长的商品标题",
    variantTitle: null,
    quantity: KEYS.length,
    money: { amountMinor: 1000, currency: "CNY" },
    keys: KEYS.map((secret) => ({ secret, note: null })),
    keysTotal: KEYS.length,
    goneBack: [],
    orderUrl: "https://shop.example.com/orders/ord_1?token=1_abc",
  });
  return { id: "dlv_1_keys_0" as DeliveryId, to: "buyer@example.com", ...content, ...changes };
}

function send(url: string | undefined, sent: Mail = mail(), goOnMs = 0): Promise<MailOutcome> {
  const settings = { MAIL_SENDERS: "smtp", MAIL_FROM: "小店 <keys@example.com>", SMTP_URL: url };
  return probe.send(settings, sent, goOnMs);
}

const toRelay = () => `smtp://localhost:${relay.port}?starttls=offered`;
const toSubmission = () => `smtp://${LOGIN}@localhost:${submission.port}`;

describe("a mail arrives as it was written", () => {
  it("every key line comes out of the mail server byte for byte, in text and in HTML", async () => {
    expect(await send(toRelay())).toMatchObject({ kind: "sent" });
    const { parsed, raw, from, to } = latest(relay);
    expect({ from, to }).toEqual({ from: "keys@example.com", to: ["buyer@example.com"] });
    const lines = (parsed.text ?? "").split("\n");
    for (const key of KEYS) expect(lines).toContain(key);
    expect(parsed.html).toContain("&lt;b&gt;&amp;amp;&quot;&#39;&lt;/b&gt;");
    expect(parsed.html).not.toContain("<b>");
    expect(parsed.html).toContain("账号----密码----备注");
    // RFC 5322 §2.1.1: no line past 998, whatever is written in it.
    expect(Math.max(...raw.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it("headers carry Chinese as encoded words of legal length, and the delivery's id", async () => {
    const { subject } = mail();
    await send(toRelay());
    const { parsed, raw } = latest(relay);
    expect(parsed.subject).toBe(subject);
    expect(parsed.from?.value).toEqual([{ name: "小店", address: "keys@example.com" }]);
    expect(parsed.messageId).toBe("<dlv_1_keys_0@example.com>");
    expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
    const words = raw.match(/=\?UTF-8\?B\?[^?]*\?=/g) ?? [];
    expect(words.length).toBeGreaterThan(1);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
  });

  it("the same delivery sent twice names itself the same", async () => {
    const first = await send(toRelay());
    const second = await send(toRelay());
    expect(second).toEqual(first);
  });

  it("two hundred keys with notes arrive", async () => {
    const many = writeMail({
      purpose: "keys",
      locale: "en",
      orderId: "ord_1" as OrderId,
      productTitle: "Many",
      variantTitle: null,
      quantity: 200,
      money: { amountMinor: 1, currency: "USD" },
      keys: Array.from({ length: 200 }, (_, n) => ({ secret: `.key-${n}`, note: `第 ${n}` })),
      keysTotal: 200,
      goneBack: [],
      orderUrl: null,
    });
    expect(await send(toRelay(), mail(many))).toMatchObject({ kind: "sent" });
    const lines = (latest(relay).parsed.text ?? "").split("\n");
    expect(lines.filter((line) => line.startsWith(".key-"))).toHaveLength(200);
  });
});

describe("nothing in a mail becomes a command or a header", () => {
  it("a line break in the subject stays in the subject", async () => {
    await send(toRelay(), mail({ subject: "Hello\r\nBcc: other@example.com\r\n\r\nbody" }));
    const { parsed, to } = latest(relay);
    expect(to).toEqual(["buyer@example.com"]);
    expect(parsed.bcc).toBeUndefined();
    expect(parsed.headers.has("bcc")).toBe(false);
  });

  it.each([
    "a@example.com>\r\nRCPT TO:<other@example.com",
    "a@example.com> SIZE=1",
    "a b@example.com",
    "",
  ])("the address %j is refused for good before a connection is made", async (to) => {
    const before = relay.arrived.length;
    const outcome = { kind: "refused", permanent: true, reason: "address_malformed" };
    expect(await send(toRelay(), mail({ to }))).toEqual(outcome);
    expect(relay.arrived).toHaveLength(before);
  });
});

describe("TLS and login", () => {
  it("a password goes over STARTTLS, and the mail is taken", async () => {
    expect(await send(toSubmission())).toMatchObject({ kind: "sent" });
    expect(latest(submission)).toMatchObject({ secure: true, user: USER });
  });

  it("TLS from the first byte works as well", async () => {
    const server = await startMailServer({ secure: true });
    try {
      expect(await send(`smtps://${LOGIN}@localhost:${server.port}`)).toMatchObject({
        kind: "sent",
      });
      expect(latest(server)).toMatchObject({ secure: true, user: USER });
    } finally {
      await server.stop();
    }
  });

  it("a server that knows only LOGIN is logged in to", async () => {
    const server = await startMailServer({ authMethods: ["LOGIN"] });
    try {
      expect(await send(`smtp://${LOGIN}@localhost:${server.port}`)).toMatchObject({
        kind: "sent",
      });
      expect(latest(server).user).toBe(USER);
    } finally {
      await server.stop();
    }
  });

  it("a password is never sent to a server that offers no TLS", async () => {
    let heard = "";
    const server = await plainServer((socket) => {
      socket.write("220 hello\r\n");
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.toString();
        socket.write("250-hello\r\n250 AUTH PLAIN LOGIN\r\n");
      });
    });
    expect(await send(`smtp://${LOGIN}@localhost:${server.port}?starttls=offered`)).toEqual({
      kind: "refused",
      permanent: false,
      reason: "starttls_not_offered",
    });
    expect(heard).not.toContain("AUTH");
    server.stop();
  });

  it("a connection is given back under TLS too, while the invocation goes on", async () => {
    const connections: number[] = [];
    let answered = false;
    const server = await startMailServer({ onClose: () => connections.push(Number(answered)) });
    try {
      const url = `smtp://${LOGIN}@localhost:${server.port}`;
      await send(url, mail({ to: "550@example.com" }), 2000);
      answered = true;
      await vi.waitFor(() => expect(connections).toEqual([0]));
    } finally {
      await server.stop();
    }
  });

  it("a wrong password is ours to mend: refused, not for good", async () => {
    const url = `smtp://${encodeURIComponent(USER)}:wrong@localhost:${submission.port}`;
    expect(await send(url)).toEqual({ kind: "refused", permanent: false, reason: "auth 535" });
  });

  it("a server whose certificate nobody vouches for gets no password", async () => {
    let logins = 0;
    const server = await startMailServer({
      ...untrusted(),
      onAuth(_auth, _session, done) {
        logins++;
        done(new Error("no"));
      },
    });
    try {
      const refusal = { kind: "refused", permanent: false };
      const port = server.port;
      expect(await send(`smtp://${LOGIN}@localhost:${port}`)).toMatchObject(refusal);
      expect(logins).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

describe("what a server's no means", () => {
  it.each([
    ["550@example.com", true, "rcpt 550"],
    ["553@example.com", true, "rcpt 553"],
    ["450@example.com", false, "rcpt 450"],
    ["421@example.com", false, "rcpt 421"],
    ["550-5.7.1@example.com", false, "rcpt 550 5.7.1"],
    ["550-5.1.1@example.com", true, "rcpt 550 5.1.1"],
  ])("%s: permanent is %s", async (to, permanent, reason) => {
    expect(await send(toRelay(), mail({ to }))).toEqual({ kind: "refused", permanent, reason });
  });

  it("a message that the server will not have is refused for good", async () => {
    const outcome = { kind: "refused", permanent: true, reason: "body 552" };
    expect(await send(toRelay(), mail({ subject: "too-big" }))).toEqual(outcome);
  });

  it("a reason never carries an address", async () => {
    const outcome = await send(toRelay(), mail({ to: "550-5.1.1@example.com" }));
    expect(JSON.stringify(outcome)).not.toContain("@");
  });
});

describe("a server that is not there, or not itself, costs one refusal that is not for good", () => {
  it("nobody listens", async () => {
    const server = await plainServer(() => undefined);
    server.stop();
    expect(await send(`smtp://localhost:${server.port}?starttls=offered`)).toEqual({
      kind: "refused",
      permanent: false,
      reason: "unreachable",
    });
  });

  it.each([
    ["hangs up at once", (socket: Socket) => socket.end()],
    ["hangs up after its greeting", (socket: Socket) => socket.end("220 hello\r\n")],
    ["hangs up in the middle of a line", (socket: Socket) => socket.end("220-hel")],
    ["is busy", (socket: Socket) => socket.end("421 too many\r\n")],
    ["speaks HTTP", (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["never ends a line", (socket: Socket) => socket.end("2".repeat(100_000))],
    ["resets", (socket: Socket) => socket.resetAndDestroy()],
  ])("it %s", async (_title, behave) => {
    const server = await plainServer(behave);
    expect(await send(`smtp://localhost:${server.port}?starttls=offered`)).toMatchObject({
      kind: "refused",
      permanent: false,
    });
    server.stop();
  });

  it("after all of that the same isolate still sends", async () => {
    expect(await send(toRelay())).toMatchObject({ kind: "sent" });
  });
});

describe("settings that are wrong refuse by name and never by value", () => {
  it.each([
    [undefined, "SMTP_URL is missing"],
    ["not a url", "SMTP_URL is not a URL"],
    ["https://user:hunter2@example.com", "SMTP_URL must be smtp:// or smtps://"],
    [
      "smtp://user:hunter2@example.com?starttls=no",
      "SMTP_URL: starttls must be required or offered",
    ],
    ["smtp://user:%E0%A4%A@example.com", "SMTP_URL: user or password is not percent-encoded"],
  ])("%s", async (url, problem) => {
    expect(await send(url)).toEqual({
      kind: "refused",
      permanent: false,
      reason: `misconfigured: ${problem}`,
    });
  });
});

function latest(server: MailServer) {
  const last = server.arrived.at(-1);
  if (last === undefined) throw new Error("no mail arrived");
  return last;
}

async function plainServer(behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    behave(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
