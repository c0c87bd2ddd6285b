import { Page } from "../../page.tsx";
import { MANNERS, type Misbehaviour } from "../cashier/manners.ts";
import type { Trade } from "../cashier/trade-book.ts";
import type { Simulated } from "../simulated.ts";
import { PLAY_GROUPS, playsIn } from "./groups.ts";
import { Command, Trades, type Reader } from "./parts.tsx";
import type { Named } from "./text/en.ts";
import type { SandboxText } from "./text/text.ts";

interface Shown {
  readonly reader: Reader;
  readonly gateways: readonly { gateway: Simulated; now: readonly Misbehaviour[] }[];
  readonly trades: readonly Trade[];
}

/** Every gateway, the way to its cashier, and all that can go wrong there. */
export function IndexPage({ reader, gateways, trades }: Shown) {
  const { text, locale, origin } = reader;
  return (
    <Page title={text.simulator} locale={locale} address="/sandbox">
      <div class="head">
        <h1>{text.simulator}</h1>
        <p class="lead">{text.index.lead}</p>
      </div>
      <section class="panel section" aria-labelledby="how">
        <h2 id="how">{text.index.how}</h2>
        <ol class="steps">
          {text.index.steps.map((step) => (
            <li>{step}</li>
          ))}
        </ol>
      </section>
      <section class="section" aria-labelledby="gateways">
        <h2 id="gateways">{text.index.gateways}</h2>
        <div class="grid">
          {gateways.map((one) => (
            <GatewayCard {...one} reader={reader} />
          ))}
        </div>
      </section>
      <section class="panel section" aria-labelledby="newest">
        <h2 id="newest">{text.index.newest}</h2>
        <Trades trades={trades} reader={reader} />
      </section>
      <section class="panel section" aria-labelledby="wrong">
        <h2 id="wrong">{text.index.wrong}</h2>
        <p class="hint">{text.index.wrongLead}</p>
        <GoesWrong text={text} />
      </section>
      <section class="panel section" aria-labelledby="script">
        <h2 id="script">{text.index.script}</h2>
        <p class="hint">{text.index.scriptLead}</p>
        <Command origin={origin} path="/sandbox/epay/pay" json={{ order: "ord_…", mode: "lost" }} />
        <Command
          origin={origin}
          path="/sandbox/alipay/behave"
          json={{ call: "query", manner: "html", times: 2 }}
        />
        <p class="hint">{text.index.listed}</p>
        <Command origin={origin} path="/sandbox/gateways.json" />
      </section>
    </Page>
  );
}

function GatewayCard(props: { gateway: Simulated; now: readonly Misbehaviour[]; reader: Reader }) {
  const { gateway, now, reader } = props;
  const { name, title, about, currency } = gateway;
  return (
    <article class="panel gateway">
      <h3>
        <a class="card-link" href={`/sandbox/${name}`}>
          {title}
        </a>
      </h3>
      <p>{about[reader.locale]}</p>
      <div class="tags">
        <span class="code">{name}</span>
        <span class="tag">{currency}</span>
        {now.map(({ call, manner }) => (
          <span class="tag tag-warn">{`${call}: ${manner}`}</span>
        ))}
      </div>
    </article>
  );
}

function GoesWrong({ text }: { text: SandboxText }) {
  return (
    <>
      {PLAY_GROUPS.map((group) => (
        <Glossary
          title={text.groups[group]}
          terms={playsIn(group).map((name) => [name, text.plays[name]])}
        />
      ))}
      <Glossary
        title={text.index.answersGoWrong}
        terms={MANNERS.map((name) => [name, text.manners[name]])}
      />
    </>
  );
}

function Glossary(props: { title: string; terms: readonly (readonly [string, Named])[] }) {
  return (
    <details class="fold">
      <summary>
        {props.title} <span class="count">{props.terms.length}</span>
      </summary>
      <dl class="glossary">
        {props.terms.map(([name, [label, explained]]) => (
          <div>
            <dt class="term">
              {label} <span class="code">{name}</span>
            </dt>
            <dd>{explained}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
