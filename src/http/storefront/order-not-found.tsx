import type { AppContext } from "../env.ts";
import { answerHtml, documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { LookupForm } from "./lookup-form.tsx";
import { visit as visitOf } from "./visit.ts";

/** One page for every order that may not be shown: unknown, another's, or a token that is wrong. */
export async function orderNotFound(c: AppContext): Promise<Response> {
  const visit = await visitOf(c, "/lookup");
  const { text } = visit;
  const html = await documentOf(
    <Layout visit={visit} title={text.problem.order} styles={["lookup.css"]} unlisted>
      <div class="narrow">
        <h1>{text.problem.order}</h1>
        <p class="lead">{text.problem.order_hint}</p>
        <LookupForm visit={visit} email="" orderId="" problems={[]} />
      </div>
    </Layout>,
  );
  return answerHtml(c, html, { status: 404 });
}
