import { Page } from "../../page.tsx";
import { PLAYS, type Play } from "./play.ts";
import type { NoticeReply } from "./send-notices.ts";
import type { Trade } from "./trade.ts";
import type { Lang, Words } from "./words.ts";

interface Reader {
  readonly lang: Lang;
  readonly words: Words;
}

const PLAIN_PLAYS = PLAYS.filter((play): play is Exclude<Play, "pay"> => play !== "pay");

export function Cashier({ trade, lang, words }: Reader & { trade: Trade }) {
  return (
    <Page title={words.title} lang={lang}>
      <h1>{words.title}</h1>
      <p class="note">{words.explained}</p>
      <form class="card" method="post" action="/sandbox/epay/pay">
        <input type="hidden" name="order" value={trade.out_trade_no} />
        <TradeFacts trade={trade} words={words} />
        <button class="primary" name="mode" value="pay" autofocus>
          {words.payNow}
        </button>
      </form>
      <form class="card" method="post" action="/sandbox/epay/pay">
        <input type="hidden" name="order" value={trade.out_trade_no} />
        <h2>{words.otherwise}</h2>
        <div class="grid">
          {PLAIN_PLAYS.map((play) => (
            <button name="mode" value={play}>
              {words.plays[play]}
            </button>
          ))}
        </div>
      </form>
    </Page>
  );
}

export function Outcome(
  props: Reader & {
    trade: Trade;
    replies: readonly NoticeReply[];
    returnUrl: string;
    cashierUrl: string;
  },
) {
  const { trade, replies, lang, words } = props;
  return (
    <Page title={words.title} lang={lang}>
      <h1>{words.notices}</h1>
      <div class="card">
        {replies.length === 0 ? <p>{words.none}</p> : <Replies replies={replies} />}
        <TradeFacts trade={trade} words={words} />
        <a class="button primary" href={props.returnUrl}>
          {words.backToShop}
        </a>
      </div>
      <a href={props.cashierUrl}>{words.again}</a>
    </Page>
  );
}

export function Refusal({ reason, lang, words }: Reader & { reason: string }) {
  return (
    <Page title={words.title} lang={lang}>
      <h1>{words.refused}</h1>
      <p class="card bad">{reason}</p>
    </Page>
  );
}

function TradeFacts({ trade, words }: { trade: Trade; words: Words }) {
  return (
    <>
      <div>{trade.name}</div>
      <div class="sum">¥{trade.money}</div>
      <dl>
        <dt>{words.order}</dt>
        <dd>{trade.out_trade_no}</dd>
        <dt>{words.trade}</dt>
        <dd>{trade.trade_no}</dd>
        <dt>{words.channel}</dt>
        <dd>{trade.type}</dd>
      </dl>
    </>
  );
}

function Replies({ replies }: { replies: readonly NoticeReply[] }) {
  return (
    <table>
      {replies.map((reply, i) => (
        <tr>
          <td class="note">{i + 1}</td>
          <td>{reply.status}</td>
          <td>{reply.body}</td>
        </tr>
      ))}
    </table>
  );
}
