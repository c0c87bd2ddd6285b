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
export async function htmlProblem(c: AppContext, code: ProblemCode): Promise<Response> {
  const visit = await visitOf(c, "/");
  const [status] = PROBLEMS[code];
  const html = await documentOf(
    <ProblemPage visit={visit} code={code} requestId={c.var.requestId} />,
  );
  return answerHtml(c, html, { status });
}

interface Properties {
  readonly visit: Visit;
  readonly code: ProblemCode;
  readonly requestId: string;
}

function ProblemPage({ visit, code, requestId }: Properties) {
  const { text } = visit;
  const [title, hint] = words(text, code);
  return (
    <Layout visit={visit} title={title} unlisted>
      <section class="notice-page">
        <p class="notice-code">{PROBLEMS[code][0]}</p>
        <h1>{title}</h1>
        <p class="lead">{hint}</p>
        {code === "internal" ? (
          <p>
            <code>{requestId}</code>
          </p>
        ) : null}
        <p>
          <a class="button" href="/">
            {text.problem.home}
          </a>
        </p>
      </section>
    </Layout>
  );
}

function words({ problem }: Text, code: ProblemCode): [string, string] {
  switch (code) {
    case "not_found":
      return [problem.not_found, problem.not_found_hint];
    case "forbidden_origin":
      return [problem.forbidden_origin, problem.forbidden_origin_hint];
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
