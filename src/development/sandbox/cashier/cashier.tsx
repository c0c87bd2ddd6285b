import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { Page } from "../../page.tsx";
import { requestFields } from "../epay/fields.ts";
import { PLAYS, type Play } from "../epay/play.ts";
import { wordsFor } from "../epay/words.ts";
import { sendNotices, type NoticeReply, type Speak } from "./notices.ts";
import { findTrade, markTrade, type Trade } from "./trade-book.ts";

/** How long "late" is where the caller does not say. */
const LATE_MS = 30_000;

const play = z.object({
  /** The trade, by the shop's number or by the gateway's. */
  order: z.string().min(1).max(128),
  mode: z.enum(PLAYS).default("pay"),
  /** Notices that "parallel" sends at once. */
  times: z.coerce.number().int().min(1).max(200).default(40),
  /** "no": the buyer pays and every notice is lost on the way. */
  notices: z.enum(["yes", "no"]).default("yes"),
  delay_ms: z.coerce.number().int().min(0).max(600_000).default(0),
  /** Sent, and signed, in place of the trade's own. */
  sum: z.string().max(32).optional(),
  trade_no: z.string().max(128).optional(),
  out_trade_no: z.string().max(128).optional(),
});

/**
 * What every simulated gateway has besides its own protocol: `/cashier?order=` for a person, `/pay` for a
 * person or a script (`{order, mode, …}` in, `{trade_no, paid, notices, return_url}` out).
 */
export function cashierOf(gateway: string, speak: Speak): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get("/cashier", async (c) => {
      const trade = await findTrade(c.env.DB, gateway, c.req.query("order") ?? "");
      if (trade === null) return c.json({ error: "no such trade" }, 404);
      const { lang, words } = wordsFor(c.req.header("accept-language"));
      return c.html(
        <Page title={`${gateway} · ${words.title}`} lang={lang}>
          <h1>{`${gateway} · ${words.title}`}</h1>
          <Facts trade={trade} />
          <Plays action={`/sandbox/${gateway}/pay`} order={trade.order_no} labels={words} />
        </Page>,
      );
    })
    .post("/pay", (c) => pay(c, gateway, speak));
}

async function pay(c: AppContext, gateway: string, speak: Speak) {
  const parsed = play.safeParse(await requestFields(c));
  if (!parsed.success) return c.json({ error: "does not fit", in: parsed.error.issues }, 400);
  const { order, mode, times, delay_ms, sum, trade_no, out_trade_no } = parsed.data;
  const trade = await findTrade(c.env.DB, gateway, order);
  if (trade === null) return c.json({ error: "no such trade" }, 404);
  const delayMs = mode === "late" && delay_ms === 0 ? LATE_MS : delay_ms;
  if (delayMs > 0) await scheduler.wait(delayMs);
  const paid = mode !== "never";
  if (paid) await markTrade(c.env.DB, trade, "paid");
  const variation = { mode, times, sum, trade_no, order: out_trade_no };
  const lost = parsed.data.notices === "no";
  const notices = lost ? [] : await sendNotices(c, trade, variation, speak);
  const isForm = (c.req.header("content-type") ?? "").includes("form");
  if (isForm && mode === "pay") return c.redirect(trade.return_url, 303);
  if (isForm) return c.html(<Outcome trade={trade} notices={notices} />);
  return c.json({ trade_no: trade.trade_no, paid, notices, return_url: trade.return_url });
}

function Facts({ trade }: { trade: Trade }) {
  return (
    <div class="card">
      <p class="sum">{trade.sum}</p>
      <dl>
        <dt>order</dt>
        <dd>{trade.order_no}</dd>
        <dt>title</dt>
        <dd>{trade.title}</dd>
      </dl>
    </div>
  );
}

interface PlaysProperties {
  readonly action: string;
  readonly order: string;
  readonly labels: ReturnType<typeof wordsFor>["words"];
}

function Plays({ action, order, labels }: PlaysProperties) {
  const others = PLAYS.filter((mode): mode is Exclude<Play, "pay"> => mode !== "pay");
  return (
    <form class="card" method="post" action={action}>
      <input type="hidden" name="order" value={order} />
      <button class="primary" name="mode" value="pay">
        {labels.payNow}
      </button>
      <h2>{labels.otherwise}</h2>
      <div class="grid">
        {others.map((mode) => (
          <button name="mode" value={mode}>
            {labels.plays[mode]}
          </button>
        ))}
      </div>
    </form>
  );
}

function Outcome({ trade, notices }: { trade: Trade; notices: readonly NoticeReply[] }) {
  return (
    <Page title={trade.gateway} lang="en">
      <h1>{trade.order_no}</h1>
      <table class="card">
        {notices.map(({ status, body }) => (
          <tr>
            <td>{status}</td>
            <td>{body}</td>
          </tr>
        ))}
      </table>
      <a class="button" href={trade.return_url}>
        ←
      </a>
    </Page>
  );
}
