import { Page } from "../../page.tsx";
import { callsFor, mannersFor, type Misbehaviour } from "../cashier/manners.ts";
import type { Trade } from "../cashier/trade-book.ts";
import type { Simulated } from "../simulated.ts";
import { Command, Misbehaviours, Trades, type Reader } from "./parts.tsx";

interface Shown {
  readonly reader: Reader;
  readonly gateway: Simulated;
  readonly now: readonly Misbehaviour[];
  readonly trades: readonly Trade[];
  readonly credentials: object;
  /** "" where none was entered. */
  readonly webhook: string;
}

/** One gateway: how it answers the shop's server, what was paid through it, what an account of it is made of. */
export function GatewayPage(shown: Shown) {
  const { reader, gateway, now, trades } = shown;
  const { text, locale } = reader;
  const { name, title, currency } = gateway;
  return (
    <Page title={title} locale={locale} address={`/sandbox/${name}`}>
      <p class="crumb">
        <a href="/sandbox">{text.simulator}</a>
      </p>
      <div class="head">
        <h1>
          {title} <span class="code">{name}</span>
        </h1>
        <p class="lead">{gateway.about[locale]}</p>
      </div>
      <section class="panel section" aria-labelledby="how">
        <h2 id="how">{text.gateway.how}</h2>
        <ol class="steps">
          {text.gateway.steps(name, currency).map((step) => (
            <li>{step}</li>
          ))}
        </ol>
        <div>
          <a class="button button-quiet button-small" href="/">
            {text.gateway.open}
          </a>
        </div>
      </section>
      <section class="panel section" aria-labelledby="misbehave">
        <h2 id="misbehave">{text.gateway.misbehave}</h2>
        <p class="hint">
          {now.length === 0 ? text.gateway.behaves : null} {text.gateway.misbehaveLead}
        </p>
        <Misbehaviours gateway={gateway} now={now} text={text} />
        <MannerForm gateway={gateway} reader={reader} />
      </section>
      <section class="panel section" aria-labelledby="trades">
        <h2 id="trades">{text.gateway.trades}</h2>
        <Trades trades={trades} reader={reader} />
      </section>
      <Account {...shown} />
    </Page>
  );
}

function MannerForm({ gateway, reader }: { gateway: Simulated; reader: Reader }) {
  const { text, origin } = reader;
  const action = `/sandbox/${gateway.name}/behave`;
  const example = { call: "query", manner: "drop", times: 2 };
  return (
    <form class="form" method="post" action={action}>
      <fieldset class="choices">
        <legend>{text.gateway.call}</legend>
        <div class="choice-grid">
          {callsFor(gateway.can).map((call) => (
            <label class="choice">
              <input type="radio" name="call" value={call} checked={call === "query"} />
              <span class="choice-title">
                {text.calls[call]} <span class="code">{call}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="choices">
        <legend>{text.gateway.answer}</legend>
        <div class="choice-grid">
          {mannersFor(gateway.can).map((manner, n) => (
            <label class="choice">
              <input type="radio" name="manner" value={manner} checked={n === 0} />
              <span class="choice-title">
                {text.manners[manner][0]} <span class="code">{manner}</span>
                <span class="explained">{text.manners[manner][1]}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field">
        <label class="label" for="times">
          {text.gateway.times}
        </label>
        <input id="times" name="times" type="number" min="1" max="1000" value="1" />
      </div>
      <div>
        <button class="button">{text.gateway.choose}</button>
      </div>
      <Command origin={origin} path={action} json={example} />
    </form>
  );
}

function Account({ reader, gateway, credentials, webhook }: Shown) {
  const { text, origin } = reader;
  const path = `/sandbox/${gateway.name}`;
  return (
    <section class="panel section" aria-labelledby="credentials">
      <h2 id="credentials">{text.gateway.credentials}</h2>
      <p class="hint">{text.gateway.credentialsLead}</p>
      <details>
        <summary>{text.gateway.show}</summary>
        <pre class="command">{JSON.stringify(credentials, null, 2)}</pre>
      </details>
      <Command origin={origin} path={`${path}/credentials`} />
      {gateway.tellsWebhook ? <Webhook reader={reader} path={path} webhook={webhook} /> : null}
    </section>
  );
}

function Webhook(props: { reader: Reader; path: string; webhook: string }) {
  const { text, origin } = props.reader;
  const action = `${props.path}/webhook`;
  return (
    <>
      <h3>{text.gateway.webhook}</h3>
      <p class="hint">{text.gateway.webhookLead}</p>
      <form class="form" method="post" action={action}>
        <label class="wide field">
          <span class="label">{text.gateway.webhookAddress}</span>
          <input type="text" inputmode="url" name="url" value={props.webhook} required />
        </label>
        <div>
          <button class="button button-quiet button-small">{text.gateway.saveWebhook}</button>
        </div>
      </form>
      <Command origin={origin} path={action} json={{ url: `${origin}/payments/acct_…/notify` }} />
    </>
  );
}
