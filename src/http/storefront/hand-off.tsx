import type { OrderId } from "../../domain/ids.ts";
import type { PaymentAction } from "../../flows/ports.ts";
import type { AppContext } from "../env.ts";
import { publicOrigin } from "../origin.ts";
import { answerHtml, documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { visit as visitOf, type Visit } from "./visit.ts";

/**
 * Takes the buyer to where they pay. A redirect where browsers follow one from a form (our policy
 * lets forms lead to ourselves and to https); a page that leads on where they would not, and for
 * gateways that want a form posted. What is shown as a code is shown on the order page.
 */
export async function handOff(
  c: AppContext,
  orderId: OrderId,
  action: PaymentAction,
): Promise<Response> {
  switch (action.action) {
    case "redirect":
      // The gateway asks which shop it is: the browser names it there, and not the page.
      if (action.fromShop !== undefined) c.header("referrer-policy", "origin");
      return isFormTarget(c, action.url)
        ? c.redirect(action.url, 303)
        : leadOn(c, orderId, { url: action.url, fields: null });
    case "form":
      return leadOn(c, orderId, action);
    case "jsapi":
      return c.redirect(`/orders/${orderId}?pay=now`, 303);
    case "qr":
    case "none":
      return c.redirect(`/orders/${orderId}`, 303);
    default:
      return action satisfies never;
  }
}

function isFormTarget(c: AppContext, address: string): boolean {
  const url = new URL(address, publicOrigin(c));
  return url.protocol === "https:" || url.origin === new URL(c.req.url).origin;
}

interface Target {
  readonly url: string;
  /** Null: an address to open. */
  readonly fields: Readonly<Record<string, string>> | null;
}

async function leadOn(c: AppContext, orderId: OrderId, target: Target): Promise<Response> {
  const visit = await visitOf(c, `/orders/${orderId}`);
  const html = await documentOf(<LeadOnPage visit={visit} orderId={orderId} target={target} />);
  return answerHtml(c, html, { formsTo: new URL(target.url, publicOrigin(c)).origin });
}

interface Properties {
  readonly visit: Visit;
  readonly orderId: OrderId;
  readonly target: Target;
}

function LeadOnPage({ visit, orderId, target }: Properties) {
  const { text } = visit;
  return (
    <Layout visit={visit} title={text.handoff.title} scripts={["lead-on.js"]} unlisted>
      <section class="notice-page">
        <h1>{text.handoff.title}</h1>
        <p class="lead">{text.handoff.text}</p>
        {target.fields === null ? (
          <p>
            <a class="button" href={target.url} data-lead-on>
              {text.handoff.go}
            </a>
          </p>
        ) : (
          <PaymentForm target={target} label={text.handoff.go} sendsItself />
        )}
        <p>
          <a href={`/orders/${orderId}`}>{text.handoff.back}</a>
        </p>
      </section>
    </Layout>
  );
}

interface FormProperties {
  readonly target: Target;
  readonly label: string;
  readonly sendsItself?: boolean;
}

/** The form that a gateway asks to be posted to it. */
export function PaymentForm({ target, label, sendsItself }: FormProperties) {
  return (
    <form method="post" action={target.url} data-lead-on={sendsItself ? "yes" : undefined}>
      {Object.entries(target.fields ?? {}).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class="button" type="submit">
        {label}
      </button>
    </form>
  );
}
