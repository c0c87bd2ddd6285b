import type { Locale } from "../../../domain/locale.ts";
import type { AppContext } from "../../../http/env.ts";
import { localeOf } from "../../../http/storefront/visit.ts";
import type { Misbehaviour } from "../cashier/manners.ts";
import { decimal } from "../cashier/sums.ts";
import { refundedMinor, type Trade } from "../cashier/trade-book.ts";
import { payPath, type Simulated } from "../simulated.ts";
import { textOf, type SandboxText } from "./text/text.ts";

/** Who reads a page: their language, its words, and the shop's address for what is to be typed. */
export interface Reader {
  readonly locale: Locale;
  readonly text: SandboxText;
  readonly origin: string;
}

export function readerOf(c: AppContext): Reader {
  const locale = localeOf(c);
  return { locale, text: textOf(locale), origin: new URL(c.req.url).origin };
}

export function sumText({ minor, currency }: Pick<Trade, "minor" | "currency">, locale: Locale) {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
  });
  return format.format(Number(decimal(minor, currency)));
}

/** A call by curl, as a shell takes it: what is quoted holds no quote of its own. */
export function Command(props: { origin: string; path: string; json?: object }) {
  const url = `${props.origin}${props.path}`;
  const body = JSON.stringify(props.json)?.replaceAll("'", String.raw`'\''`);
  const text = body === undefined ? `curl -s ${url}` : `curl -s ${url} --json '${body}'`;
  return <pre class="command">{text}</pre>;
}

export function StateTag({ trade, text }: { trade: Trade; text: SandboxText }) {
  const isBack = trade.state === "paid" && refundedMinor(trade) > 0;
  const words = isBack ? text.cashier.refunded : text.cashier.states[trade.state];
  const kind = isBack ? "tag-bad" : trade.state === "paid" ? "tag-good" : "";
  return <span class={`tag ${kind}`}>{words}</span>;
}

export function Trades({ trades, reader }: { trades: readonly Trade[]; reader: Reader }) {
  const { text, locale } = reader;
  if (trades.length === 0) return <p class="hint">{text.gateway.noTrades}</p>;
  return (
    <table class="rows rows-fold">
      <thead>
        <tr>
          <th scope="col">{text.cashier.order}</th>
          <th scope="col">{text.cashier.sum}</th>
          <th scope="col">{text.cashier.gateway}</th>
          <th scope="col">{text.cashier.state}</th>
        </tr>
      </thead>
      <tbody>
        {trades.map((trade) => (
          <tr>
            <td>
              <a href={payPath(trade.gateway, trade.order_no)} class="mono">
                {trade.order_no}
              </a>
            </td>
            <td class="fit">{sumText(trade, locale)}</td>
            <td>{trade.gateway}</td>
            <td>
              <StateTag trade={trade} text={text} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the gateway does to the shop's calls by now, and the way back. */
export function Misbehaviours(props: {
  gateway: Pick<Simulated, "name">;
  now: readonly Misbehaviour[];
  text: SandboxText;
}) {
  const { gateway, now, text } = props;
  return (
    <>
      {now.map(({ call, manner, times }) => (
        <form class="warned" method="post" action={`/sandbox/${gateway.name}/behave`}>
          <input type="hidden" name="call" value={call} />
          <span>{text.gateway.now(text.calls[call], text.manners[manner][0], times)}</span>
          <button class="button button-quiet button-small" name="manner" value="none">
            {text.gateway.behave}
          </button>
        </form>
      ))}
    </>
  );
}
