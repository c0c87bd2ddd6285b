import type { AppContext } from "../../../http/env.ts";
import { answerPage, Page } from "../../page.tsx";
import type { Simulated } from "../simulated.ts";
import { readerOf, type Reader } from "./parts.tsx";

interface Shown {
  readonly reader: Reader;
  readonly gateway: Pick<Simulated, "name" | "title">;
  readonly title: string;
  readonly reason: string;
}

function RefusedPage({ reader, gateway, title, reason }: Shown) {
  return (
    <Page title={title} locale={reader.locale}>
      <div class="notice-page">
        <h1>{title}</h1>
        <p class="lead">{reason}</p>
        <p>
          <a class="button" href={`/sandbox/${gateway.name}`}>
            {gateway.title}
          </a>
        </p>
      </div>
    </Page>
  );
}

/** To a buyer whom the shop sent here with what the gateway does not take. `reason`: the gateway's own words. */
export function refuseBuyer(c: AppContext, gateway: Simulated, reason: string): Promise<Response> {
  const reader = readerOf(c);
  const { refused: title } = reader.text.cashier;
  const shown = { reader, gateway, title, reason };
  return answerPage(c, <RefusedPage {...shown} />, { status: 400 });
}

/** To whoever asks for the cashier of an order that the gateway has not seen. */
export function knowsNoTrade(c: AppContext, gateway: Simulated): Promise<Response> {
  const reader = readerOf(c);
  const { missing: title, missingLead: reason } = reader.text.cashier;
  const shown = { reader, gateway, title, reason };
  return answerPage(c, <RefusedPage {...shown} />, { status: 404 });
}
