import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeliveryId } from "../../src/domain/ids.ts";
import type { Mail } from "../../src/flows/ports.ts";
import { startMailProbe, type MailProbe } from "../support/node/mail-probe.ts";

const API_KEY = "re_test_hunter2";

/** An API of the same manners: it sends a mail once per Idempotency-Key. */
const api = {
  answer: null as { status: number; body: string } | null,
  requests: [] as { request: IncomingMessage; body: Record<string, unknown> }[],
  mails: new Map<string, string>(),
};

let server: Server;
let origin: string;
let probe: MailProbe;

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      api.requests.push({ request, body: JSON.parse(body) as Record<string, unknown> });
      const { status, body: answer } = api.answer ?? take(request);
      return response.writeHead(status, { "content-type": "application/json" }).end(answer);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  probe = await startMailProbe();
});

afterAll(async () => {
  await probe.stop();
  server.close();
});

beforeEach(() => {
  api.answer = null;
  api.requests = [];
});

const mail: Mail = {
  id: "dlv_1_keys_0" as DeliveryId,
  to: "buyer@example.com",
  subject: "您的卡密：视频会员",
  text: ".AAAA-BBBB\n第二行\n",
  html: "<p>AAAA-BBBB</p>",
};

function send(changes: Record<string, string> = {}) {
  return probe.send(
    {
      MAIL_SENDERS: "resend",
      MAIL_FROM: "小店 <keys@example.com>",
      RESEND_API_KEY: API_KEY,
      RESEND_ORIGIN: origin,
      ...changes,
    },
    mail,
  );
}

describe("a mail goes to Resend as its API wants it", () => {
  it("with the key, the delivery's id as Idempotency-Key, and every letter intact", async () => {
    expect(await send()).toEqual({ kind: "sent", messageId: "mail-dlv_1_keys_0" });
    const [{ request, body } = fail()] = api.requests;
    expect([request.method, request.url]).toEqual(["POST", "/emails"]);
    expect(request.headers.authorization).toBe(`Bearer ${API_KEY}`);
    expect(request.headers["idempotency-key"]).toBe(mail.id);
    expect(body).toEqual({
      from: "小店 <keys@example.com>",
      to: ["buyer@example.com"],
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
    });
  });

  it("twice is one mail there", async () => {
    expect(await send()).toEqual(await send());
    expect(api.mails.size).toBe(1);
  });

  it("a mail that was taken is sent, whatever the answer's body says", async () => {
    api.answer = { status: 200, body: "<html>" };
    expect(await send()).toEqual({ kind: "sent", messageId: "unnamed" });
  });
});

describe("what its no means", () => {
  it.each([
    [400, "validation_error", true],
    [422, "invalid_to_address", true],
    [422, "invalid_from_address", false],
    [401, "missing_api_key", false],
    [403, "invalid_api_key", false],
    [409, "concurrent_idempotent_requests", false],
    [429, "rate_limit_exceeded", false],
    [500, "application_error", false],
    [503, "service_unavailable", false],
  ])("%i %s: permanent is %s", async (status, name, permanent) => {
    const message = "no mail for buyer@example.com";
    api.answer = { status, body: JSON.stringify({ statusCode: status, name, message }) };
    expect(await send()).toEqual({ kind: "refused", permanent, reason: `${status} ${name}` });
  });

  it("a body that is no refusal is told by its status alone", async () => {
    api.answer = { status: 502, body: "<html>buyer@example.com</html>" };
    expect(await send()).toEqual({ kind: "refused", permanent: false, reason: "502" });
  });

  it("an API that is not there is one refusal that is not for good", async () => {
    const refusal = { kind: "refused", permanent: false, reason: "unreachable" };
    expect(await send({ RESEND_ORIGIN: "http://127.0.0.1:1" })).toEqual(refusal);
  });
});

it.each([
  [{ RESEND_API_KEY: "" }, "RESEND_API_KEY is missing"],
  [{ MAIL_FROM: "nobody" }, "MAIL_FROM is not a mailbox"],
  [{ MAIL_SENDERS: "pigeon" }, "MAIL_SENDERS knows smtp and resend"],
])("a setting that is wrong refuses and says which: %j", async (changes, problem) => {
  const refusal = { kind: "refused", permanent: false, reason: `misconfigured: ${problem}` };
  expect(await send(changes as Record<string, string>)).toEqual(refusal);
  expect(api.requests).toHaveLength(0);
});

function take(request: IncomingMessage): { status: number; body: string } {
  const key = String(request.headers["idempotency-key"]);
  const id = api.mails.get(key) ?? `mail-${key}`;
  api.mails.set(key, id);
  return { status: 200, body: JSON.stringify({ id }) };
}

function fail(): never {
  throw new Error("no request arrived");
}
