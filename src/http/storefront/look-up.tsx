import { Hono } from "hono";
import { normalizeEmail } from "../../domain/email.ts";
import { formatMoney } from "../../domain/money.ts";
import {
  lookUpOrders,
  type FoundOrder,
  type OrderLookup,
} from "../../flows/orders/look-up-orders.ts";
import { mediaType, readText } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { limitAct } from "../limit-act.ts";
import type { FormProblem } from "./checkout-form.ts";
import { Summary } from "./form-parts.tsx";
import { answerHtml, documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { LookupForm } from "./lookup-form.tsx";
import { rememberOrders } from "./order-cookie.ts";
import { htmlProblem } from "./problems.tsx";
import { Moment } from "./product-parts.tsx";
import type { Text } from "./text/text.ts";
import { visit as visitOf, type Visit } from "./visit.ts";

const FORM_BYTES_MAX = 8 * 1024;
const FIELD_CHARACTERS_MAX = 256;

export const lookUpPage = new Hono<AppEnv>()
  .get("/lookup", async (c) => {
    return answer(c, { typed: { email: "", orderId: "" }, problems: [], found: null }, 200);
  })
  .post("/lookup", async (c) => {
    const deps = c.get("deps");
    if (mediaType(c) !== "application/x-www-form-urlencoded") {
      return htmlProblem(c, "unsupported_media_type");
    }
    const shop = await deps.shop(deps.settings.defaultMerchant);
    const isLimited = async (asker: { network: string } | { email: string }) =>
      shop !== null && (await limitAct(c, "lookUps", shop.id, asker)) !== null;
    // Before the form is read: what answers with access tokens is limited strictly.
    if (await isLimited({ network: callerNetwork(c) })) return htmlProblem(c, "too_many_requests");

    const sent = new URLSearchParams(await readText(c, FORM_BYTES_MAX));
    const { text } = await visitOf(c);
    const { typed, lookup, problems } = parseLookup(sent, text);
    if (lookup === null) return answer(c, { typed, problems, found: null }, 422);
    if (await isLimited({ email: lookup.email })) return htmlProblem(c, "too_many_requests");

    const found = shop === null ? [] : await lookUpOrders(deps, shop.id, lookup);
    const held = found.map(({ order, accessToken }) => ({ id: order.id, token: accessToken }));
    if (held.length > 0) rememberOrders(c, held);
    return answer(c, { typed, problems: [], found }, 200);
  });

interface Lookup {
  readonly typed: { readonly email: string; readonly orderId: string };
  readonly problems: readonly FormProblem[];
  /** Null: nothing was asked yet. */
  readonly found: readonly FoundOrder[] | null;
}

function parseLookup(sent: URLSearchParams, { refusal, lookup }: Text) {
  const take = (name: string) =>
    (sent.get(name) ?? "").replaceAll("\0", "").slice(0, FIELD_CHARACTERS_MAX);
  const typed = { email: take("email").trim(), orderId: take("order_id").trim() };
  const password = take("lookup_password");
  const email = normalizeEmail(typed.email);

  const problems: FormProblem[] = [];
  if (email === null) problems.push({ input: "email", message: refusal.email });
  if (typed.orderId === "" && password === "") {
    problems.push({ input: "order_id", message: lookup.needHalf });
  }
  const asked: OrderLookup | null =
    email === null || problems.length > 0
      ? null
      : typed.orderId === ""
        ? { email, lookupPassword: password }
        : { email, orderId: typed.orderId };
  return { typed, lookup: asked, problems };
}

async function answer(c: AppContext, lookup: Lookup, status: 200 | 422): Promise<Response> {
  const visit = await visitOf(c);
  return answerHtml(c, await documentOf(<LookupPage visit={visit} {...lookup} />), { status });
}

function LookupPage({ visit, typed, problems, found }: Lookup & { visit: Visit }) {
  const { lookup, refusal } = visit.text;
  return (
    <Layout
      visit={visit}
      title={lookup.title}
      styles={["lookup.css"]}
      scripts={["time.js"]}
      unlisted
    >
      <div class="narrow">
        <h1>{lookup.title}</h1>
        <p class="lead">{lookup.intro}</p>
        <Summary heading={refusal.heading} problems={problems} />
        {found === null ? null : <Found visit={visit} found={found} />}
        <LookupForm visit={visit} {...typed} problems={problems} />
      </div>
    </Layout>
  );
}

function Found({ visit, found }: { visit: Visit; found: readonly FoundOrder[] }) {
  const { lookup, order: words } = visit.text;
  if (found.length === 0) {
    return (
      <div class="note" role="status">
        <strong class="note-line">{lookup.nothing}</strong>
        {lookup.nothingHint}
      </div>
    );
  }
  return (
    <section class="panel" aria-labelledby="found">
      <h2 id="found" class="panel-title" role="status">
        {lookup.found(found.length)}
      </h2>
      <ul class="found" role="list">
        {found.map(({ order }) => (
          <li>
            <a class="found-link" href={`/orders/${order.id}`}>
              <strong>{order.productTitle}</strong>
              <span class="found-side">
                {formatMoney(
                  { amountMinor: order.amountMinor, currency: order.currency },
                  visit.locale,
                )}
              </span>
              <small>
                <Moment atMs={order.placedAtMs} />
              </small>
              <small class="found-side">{words.headline[order.state]}</small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
