import { Hono } from "hono";
import { stream } from "hono/streaming";
import { z } from "zod";
import { readQuery } from "../http/body.ts";
import type { AppContext, AppEnv } from "../http/env.ts";
import { problem } from "../http/problem.ts";
import {
  caughtMail,
  caughtMails,
  newestMails,
  type CaughtMail,
  type MailBox,
  type MailHead,
  type MailQuery,
} from "./mail-store.ts";
import { answerPage, Page } from "./page.tsx";

const SHOWN_MAX = 200;
/** Mails read from D1 at a time: a page of them stays far below what one answer of D1 may hold. */
const CHUNK = 200;

const jsonQuery = z.strictObject({
  /** The `seq` that was read last. */
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000_000).default(1_000_000),
  to: z.string().max(254).optional(),
  order_id: z.string().max(64).optional(),
});

/**
 * What the shop mailed: /dev/mail is a page, /dev/mail.json the same for programs, oldest first, with
 * `?to=`, `?order_id=`, `?after=<seq>` and `?limit=`.
 */
export const inbox = new Hono<AppEnv>()
  .get("/mail.json", (c) => {
    const { after, limit, to, order_id: orderId } = readQuery(c, jsonQuery);
    const query = { after, limit, to: to?.toLowerCase() ?? null, orderId: orderId ?? null };
    c.header("content-type", "application/json");
    return stream(c, async (out) => {
      for await (const chunk of jsonChunks(boxOf(c), query)) await out.write(chunk);
    });
  })
  .get("/mail", async (c) => answerPage(c, <List mails={await newestMails(boxOf(c), SHOWN_MAX)} />))
  .get("/mail/:seq{[0-9]{1,15}}", async (c) => {
    const mail = await caughtMail(boxOf(c), Number(c.req.param("seq")));
    if (mail === null) return problem(c, "not_found");
    const answer = await answerPage(c, <Message mail={mail} />);
    answer.headers.set("content-security-policy", MAIL_POLICY);
    return answer;
  });

function boxOf(c: AppContext): MailBox {
  return { db: c.env.DB, vault: c.get("deps").vault };
}

/** One array, written as it is read: an inbox of ten thousand mails is never in memory at once. */
async function* jsonChunks(box: MailBox, query: MailQuery): AsyncGenerator<string> {
  let { after, limit } = query;
  let separator = "[";
  while (limit > 0) {
    // Each page begins where the one before it ended.
    // oxlint-disable-next-line no-await-in-loop
    const mails = await caughtMails(box, { ...query, after, limit: Math.min(limit, CHUNK) });
    for (const mail of mails) {
      yield separator + JSON.stringify(toJson(mail));
      separator = ",\n";
      after = mail.seq;
    }
    limit = mails.length < CHUNK ? 0 : limit - mails.length;
  }
  yield separator === "[" ? "[]" : "]";
}

function toJson({ sent_at_ms: sentAtMs, ...mail }: CaughtMail) {
  return { ...mail, sent_at: new Date(sentAtMs).toISOString() };
}

function List({ mails }: { mails: readonly MailHead[] }) {
  return (
    <Page title="Mail" locale="en">
      <div class="head">
        <h1>Mail</h1>
        <p class="lead prose">
          Every mail of this development shop ends here and nowhere else. The newest {SHOWN_MAX} are
          shown; <a href="/dev/mail.json">/dev/mail.json</a> has all of them.
        </p>
      </div>
      <div class="panel">
        {mails.length === 0 ? <p>No mail yet. Buy something.</p> : <Rows mails={mails} />}
      </div>
    </Page>
  );
}

function Rows({ mails }: { mails: readonly MailHead[] }) {
  return (
    <table class="rows rows-fold">
      <thead>
        <tr>
          <th scope="col">Subject</th>
          <th scope="col">To</th>
          <th scope="col">Sent (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {mails.map((mail) => (
          <tr>
            <td>
              <a href={`/dev/mail/${mail.seq}`}>{mail.subject}</a>
              <div class="hint">{mail.order_id}</div>
            </td>
            <td>{mail.to}</td>
            <td class="fit">{timeOf(mail)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Message({ mail }: { mail: CaughtMail }) {
  return (
    <Page title={mail.subject} locale="en">
      <p class="crumb">
        <a href="/dev/mail">Mail</a>
      </p>
      <div class="head">
        <h1>{mail.subject}</h1>
        <p class="hint">
          {mail.to} · {timeOf(mail)} · {mail.id}
        </p>
      </div>
      <iframe
        class="mail-html"
        sandbox={LINKS_ONLY}
        srcdoc={inNewTabs(mail.html)}
        title="HTML"
      ></iframe>
      <section class="panel section" aria-labelledby="text">
        <h2 id="text">Text</h2>
        <pre class="command">{mail.text}</pre>
      </section>
    </Page>
  );
}

/** A mail's own styles stand in its text, and the frame that draws it has the policy of the page around it. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'; frame-ancestors 'none'";

/** Runs nothing and reaches nothing of ours; links open beside it, as in a mailbox. */
const LINKS_ONLY = "allow-popups allow-popups-to-escape-sandbox";

function inNewTabs(html: string): string {
  return html.replace("<head>", '<head><base target="_blank">');
}

function timeOf(mail: MailHead): string {
  return new Date(mail.sent_at_ms).toISOString().replace("T", " ").slice(0, 19);
}
