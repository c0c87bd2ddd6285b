import type { AppContext } from "../../../http/env.ts";
import { Page } from "../../page.tsx";
import { wordsFor } from "./words.ts";
import type { Simulated } from "../simulated.ts";
import { CALLS, MANNER_NAMES, MANNERS } from "./manners.ts";
import type { NoticeReply } from "./notices.ts";
import { PLAY_NAMES, PLAYS, type PlayName } from "./plays.ts";
import { decimal } from "./sums.ts";
import type { Trade } from "./trade-book.ts";

interface Shown {
  readonly c: AppContext;
  readonly gateway: Simulated;
  readonly trade: Trade;
}

const reader = (c: AppContext) => wordsFor(c.req.header("accept-language"));

export function CashierPage({ c, gateway, trade }: Shown) {
  const { lang, words } = reader(c);
  const label = (mode: PlayName) => (lang === "en" ? PLAYS[mode].en : PLAYS[mode].zh);
  return (
    <Page title={`${gateway.title} · ${words.title}`} lang={lang}>
      <h1>{`${gateway.title} · ${words.title}`}</h1>
      <p class="note">{words.explained}</p>
      <form class="card" method="post" action={`/sandbox/${gateway.name}/pay`}>
        <input type="hidden" name="order" value={trade.order_no} />
        <Facts c={c} trade={trade} />
        <button class="primary" name="mode" value="pay">
          {label("pay")}
        </button>
      </form>
      <form class="card" method="post" action={`/sandbox/${gateway.name}/pay`}>
        <input type="hidden" name="order" value={trade.order_no} />
        <h2>{words.otherwise}</h2>
        <div class="grid">
          {PLAY_NAMES.filter((mode) => mode !== "pay").map((mode) => (
            <button name="mode" value={mode}>
              {label(mode)}
            </button>
          ))}
        </div>
      </form>
      <p>
        <a href="/sandbox">{lang === "en" ? "All gateways" : "全部网关"}</a>
      </p>
    </Page>
  );
}

function Facts({ c, trade }: Pick<Shown, "c" | "trade">) {
  const { words } = reader(c);
  return (
    <>
      <div>{trade.title}</div>
      <div class="sum">{`${decimal(trade.minor, trade.currency)} ${trade.currency}`}</div>
      <dl>
        <dt>{words.order}</dt>
        <dd>{trade.order_no}</dd>
        <dt>{words.trade}</dt>
        <dd>{trade.trade_no}</dd>
      </dl>
    </>
  );
}

export function OutcomePage({
  c,
  gateway,
  trade,
  notices,
}: Shown & { notices: readonly NoticeReply[] }) {
  const { lang, words } = reader(c);
  return (
    <Page title={`${gateway.title} · ${words.notices}`} lang={lang}>
      <h1>{words.notices}</h1>
      <div class="card">
        {notices.length === 0 ? <p>{words.none}</p> : <Replies notices={notices} />}
        <Facts c={c} trade={trade} />
        <a class="button primary" href={trade.return_url}>
          {words.backToShop}
        </a>
      </div>
      <a href={`/sandbox/${gateway.name}/pay?order=${trade.order_no}`}>{words.again}</a>
    </Page>
  );
}

function Replies({ notices }: { notices: readonly NoticeReply[] }) {
  return (
    <table>
      {notices.map(({ status, body }, i) => (
        <tr>
          <td class="note">{i + 1}</td>
          <td>{status}</td>
          <td>{body}</td>
        </tr>
      ))}
    </table>
  );
}

export function IndexPage({ c, gateways }: { c: AppContext; gateways: readonly Simulated[] }) {
  const { lang, words } = reader(c);
  const isEnglish = lang === "en";
  return (
    <Page title={isEnglish ? "Simulated gateways" : "支付网关模拟器"} lang={lang}>
      <h1>{isEnglish ? "Simulated gateways" : "支付网关模拟器"}</h1>
      <p class="note">{words.explained}</p>
      <p>
        {isEnglish
          ? "Buy something in the shop, choose a method, and its cashier is here. What its server does when the shop asks it is chosen below."
          : "在商店下单并选择支付方式，即会来到对应的收银台。商店向网关发起的请求如何被应答，可在下面选择。"}
      </p>
      {gateways.map((gateway) => (
        <form class="card" method="post" action={`/sandbox/${gateway.name}/behave`}>
          <h2>{gateway.title}</h2>
          <p class="note">
            <a href={`/sandbox/${gateway.name}/credentials`}>
              {isEnglish ? "Credentials of its demo account" : "演示账户的凭据"}
            </a>
          </p>
          <select name="call" aria-label={isEnglish ? "Call" : "请求"}>
            {CALLS.map((call) => (
              <option>{call}</option>
            ))}
          </select>{" "}
          <select name="manner" aria-label={isEnglish ? "Answer" : "应答"}>
            <option value="none">{isEnglish ? "Behave" : "正常"}</option>
            {MANNER_NAMES.map((manner) => (
              <option value={manner}>{isEnglish ? MANNERS[manner].en : MANNERS[manner].zh}</option>
            ))}
          </select>{" "}
          <button>{isEnglish ? "For the next call" : "用于下一次请求"}</button>
        </form>
      ))}
    </Page>
  );
}
