import type { AppContext } from "../env.ts";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import { answerHtml, documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import type { Text } from "./text/text.ts";
import { visit as visitOf, type Visit } from "./visit.ts";

export function htmlNotFound(c: AppContext): Promise<Response> {
  return htmlProblem(c, "not_found");
}

/** A refusal or failure as a page. Its status is the one that the JSON problem would have. */
export async function htmlProblem(
  c: AppContext,
  code: ProblemCode,
  retryAfterSeconds: number | null = null,
): Promise<Response> {
  const visit = await visitOf(c, "/");
  const [status] = PROBLEMS[code];
  // A form that was refused is sent again from where it is; only an address can be asked for anew.
  const again = c.req.method === "GET" && status >= 429 ? c.req.path : null;
  const page = { visit, code, requestId: c.var.requestId, retryAfterSeconds, again };
  return answerHtml(c, await documentOf(<ProblemPage {...page} />), { status });
}

interface Properties {
  readonly visit: Visit;
  readonly code: ProblemCode;
  readonly requestId: string;
  /** When it may be tried again; null where that is not known. */
  readonly retryAfterSeconds: number | null;
  /** Where trying again leads; null where going back does. */
  readonly again: string | null;
}

function ProblemPage({ visit, code, requestId, retryAfterSeconds, again }: Properties) {
  const { text } = visit;
  const [title, hint] = words(text, code);
  return (
    <Layout visit={visit} title={title} unlisted>
      <section class="notice-page">
        <p class="notice-code">{PROBLEMS[code][0]}</p>
        <h1>{title}</h1>
        <p class="lead">{hint}</p>
        {retryAfterSeconds === null ? null : (
          <p>{text.problem.retry(Math.ceil(retryAfterSeconds))}</p>
        )}
        {code === "internal" ? (
          <p>
            <code>{requestId}</code>
          </p>
        ) : null}
        {again === null ? null : (
          <p>
            <a class="button" href={again}>
              {text.problem.again}
            </a>
          </p>
        )}
        <p>
          <a class={again === null ? "button" : "button button-quiet"} href="/">
            {text.problem.home}
          </a>
        </p>
      </section>
    </Layout>
  );
}

function words({ problem, drop }: Text, code: ProblemCode): [string, string] {
  switch (code) {
    case "line_full":
      return [drop.join.lineFull, drop.join.lineFullHint];
    case "not_found":
      return [problem.not_found, problem.not_found_hint];
    case "forbidden_origin":
      return [problem.forbidden_origin, problem.forbidden_origin_hint];
    case "shop_closed":
      return [problem.shop_closed, problem.shop_closed_hint];
    case "orders_paused":
      return [problem.orders_paused, problem.orders_paused_hint];
    case "busy":
      return [problem.busy, problem.busy_hint];
    case "too_many_requests":
      return [problem.too_many_requests, problem.too_many_requests_hint];
    case "internal":
      return [problem.internal, problem.internal_hint];
    default:
      return [problem.other, problem.other_hint];
  }
}
