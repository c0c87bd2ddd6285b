import { Page } from "../../page.tsx";
import type { GivenEvidence } from "../cashier/evidence-book.ts";
import type { Misbehaviour } from "../cashier/manners.ts";
import { playsFor, type PlayName } from "../cashier/plays.ts";
import { decimal } from "../cashier/sums.ts";
import { refundedMinor, type Trade } from "../cashier/trade-book.ts";
import { payPath, type Simulated } from "../simulated.ts";
import { PLAY_GROUPS, playsIn } from "./groups.ts";
import { Command, Misbehaviours, StateTag, sumText, type Reader } from "./parts.tsx";

interface Shown {
  readonly reader: Reader;
  readonly gateway: Simulated;
  readonly trade: Trade;
  readonly now: readonly Misbehaviour[];
  readonly evidence: readonly GivenEvidence[];
}

/** Where a buyer is sent to: paying is one click, and so is each thing that can go wrong. */
export function CashierPage({ reader, gateway, trade, now, evidence }: Shown) {
  const { text, locale, origin } = reader;
  const { cashier } = text;
  const action = `/sandbox/${gateway.name}/pay`;
  return (
    <Page
      title={`${gateway.title} · ${cashier.title}`}
      locale={locale}
      address={payPath(gateway.name, trade.order_no)}
    >
      <p class="crumb">
        <a href={`/sandbox/${gateway.name}`}>{gateway.title}</a>
      </p>
      <h1>{cashier.title}</h1>
      <Misbehaviours gateway={gateway} now={now} text={text} />
      <div class="cashier">
        <form class="panel bill" method="post" action={action}>
          <input type="hidden" name="order" value={trade.order_no} />
          <Bill reader={reader} gateway={gateway} trade={trade} />
          <Plain reader={reader} />
        </form>
        <div class="section">
          <form class="panel section" method="post" action={action}>
            <input type="hidden" name="order" value={trade.order_no} />
            <h2>{cashier.otherwise}</h2>
            <p class="hint">{cashier.otherwiseLead}</p>
            <Plays reader={reader} offered={playsFor(gateway.can)} />
            <Variations reader={reader} trade={trade} />
          </form>
          <section class="panel section" aria-labelledby="script">
            <h2 id="script">{cashier.script}</h2>
            <Command origin={origin} path={action} json={{ order: trade.order_no, mode: "lost" }} />
          </section>
          {evidence.length === 0 ? null : <Evidence reader={reader} evidence={evidence} />}
        </div>
      </div>
    </Page>
  );
}

/** What the bank would be shown. */
function Evidence({ reader, evidence }: Pick<Shown, "reader" | "evidence">) {
  return (
    <section class="panel section" aria-labelledby="evidence">
      <h2 id="evidence">{reader.text.cashier.evidence}</h2>
      {evidence.map(({ dispute, fields }) => (
        <details>
          <summary class="mono">{dispute}</summary>
          <pre>{JSON.stringify(fields, null, 2)}</pre>
        </details>
      ))}
    </section>
  );
}

/** What is to be paid, to whom, and how far it is. */
export function Bill({ reader, gateway, trade }: Omit<Shown, "now" | "evidence">) {
  const { text, locale } = reader;
  const back = refundedMinor(trade);
  return (
    <>
      <div class="tags">
        <span class="tag">{gateway.title}</span>
        <StateTag trade={trade} text={text} />
      </div>
      <p class="bill-title">{trade.title}</p>
      <p class="sum">{sumText(trade, locale)}</p>
      <dl class="facts">
        <div>
          <dt>{text.cashier.order}</dt>
          <dd class="mono">{trade.order_no}</dd>
        </div>
        <div>
          <dt>{text.cashier.trade}</dt>
          <dd class="mono">{trade.trade_no}</dd>
        </div>
        <div>
          <dt>{text.cashier.sum}</dt>
          <dd>{`${decimal(trade.minor, trade.currency)} ${trade.currency}`}</dd>
        </div>
        {back === 0 ? null : (
          <div>
            <dt>{text.cashier.refunded}</dt>
            <dd>{sumText({ ...trade, minor: back }, locale)}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

function Plain({ reader }: { reader: Reader }) {
  const { pay, never } = reader.text.plays;
  return (
    <>
      <button class="button button-wide" name="mode" value="pay">
        {pay[0]}
      </button>
      <button class="button button-wide button-quiet" name="mode" value="never">
        {never[0]}
      </button>
    </>
  );
}

function Plays({ reader, offered }: { reader: Reader; offered: readonly PlayName[] }) {
  const { text } = reader;
  return (
    <div class="plays">
      {PLAY_GROUPS.map((group) => [group, playsIn(group, offered)] as const)
        .filter(([, plays]) => plays.length > 0)
        .map(([group, plays]) => (
          <section aria-labelledby={`group-${group}`}>
            <h3 class="group-title" id={`group-${group}`}>
              {text.groups[group]}
            </h3>
            <div class="play-grid">
              {plays.map((name) => (
                <button class="play" name="mode" value={name}>
                  <strong>{text.plays[name][0]}</strong>
                  <span>{text.plays[name][1]}</span>
                </button>
              ))}
            </div>
          </section>
        ))}
    </div>
  );
}

/** Sent along with whatever is clicked; what stays empty is the payment's own. */
function Variations({ reader, trade }: { reader: Reader; trade: Trade }) {
  const { variations, variationsLead, fields } = reader.text.cashier;
  const own = {
    amount_minor: trade.minor,
    currency: trade.currency,
    trade_no: trade.trade_no,
    out_trade_no: trade.order_no,
    times: 40,
    delay_ms: 0,
  };
  return (
    <details>
      <summary>{variations}</summary>
      <p class="hint">{variationsLead}</p>
      <div class="fields">
        {Object.entries(own).map(([name, value]) => (
          <label class="field">
            <span class="label">{fields[name as keyof typeof own]}</span>
            <input
              type={typeof value === "number" ? "number" : "text"}
              min="0"
              name={name}
              placeholder={String(value)}
              autocomplete="off"
            />
          </label>
        ))}
      </div>
    </details>
  );
}
