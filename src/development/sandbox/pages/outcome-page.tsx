import { Page } from "../../page.tsx";
import type { NoticeReply } from "../cashier/notices.ts";
import type { PlayName } from "../cashier/plays.ts";
import type { Trade } from "../cashier/trade-book.ts";
import { payPath, type Simulated } from "../simulated.ts";
import { Bill } from "./cashier-page.tsx";
import type { Reader } from "./parts.tsx";
import type { SandboxText } from "./text/text.ts";

interface Shown {
  readonly reader: Reader;
  readonly gateway: Simulated;
  readonly trade: Trade;
  readonly mode: PlayName;
  readonly notices: readonly NoticeReply[];
  /** Where the gateway sends the buyer back to. */
  readonly returnUrl: string;
}

/** After something went wrong: what the shop said to each notice. */
export function OutcomePage({ reader, gateway, trade, mode, notices, returnUrl }: Shown) {
  const { text, locale } = reader;
  const { outcome } = text;
  const [label, explained] = text.plays[mode];
  const cashier = payPath(gateway.name, trade.order_no);
  return (
    <Page title={outcome.title} locale={locale} address={cashier}>
      <p class="crumb">
        <a href={`/sandbox/${gateway.name}`}>{gateway.title}</a>
      </p>
      <div class="head">
        <h1>{outcome.title}</h1>
        <p class="lead">
          <strong>{label}.</strong> {explained}
        </p>
      </div>
      <div class="cashier outcome">
        <div class="panel section">
          <p class="hint">{notices.length === 0 ? outcome.none : outcome.sent(notices.length)}</p>
          {notices.length === 0 ? null : <Replies notices={notices} text={text} />}
        </div>
        <div class="panel bill">
          <Bill reader={reader} gateway={gateway} trade={trade} />
          <a class="button button-wide primary" href={returnUrl}>
            {outcome.back}
          </a>
          <a class="button button-wide button-quiet" href={cashier}>
            {outcome.again}
          </a>
        </div>
      </div>
    </Page>
  );
}

function Replies({ notices, text }: { notices: readonly NoticeReply[]; text: SandboxText }) {
  const { notice, status: statusWord, answer, silent } = text.outcome;
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">{notice}</th>
          <th scope="col">{statusWord}</th>
          <th scope="col">{answer}</th>
        </tr>
      </thead>
      <tbody>
        {notices.map(({ status, body }, n) => (
          <tr>
            <td class="fit">{n + 1}</td>
            <td class="fit">
              <span class={`tag ${status >= 200 && status < 300 ? "tag-good" : "tag-bad"}`}>
                {status === 0 ? silent : status}
              </span>
            </td>
            <td class="mono">{body}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
