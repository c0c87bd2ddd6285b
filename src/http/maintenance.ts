import type { Bindings } from "../platform/bindings.ts";
import { errorFields, log } from "../platform/log.ts";
import { newRequestId } from "./request-id.ts";

/** What cannot even say what is wrong is mended by a person or a restart: minutes, not seconds. */
const RETRY_SECONDS = 30;
/** Where the platform serves public/maintenance.html. */
const PAGE = "/maintenance";
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * The last answer, for when the Worker has none: it could not be put together (a secret is missing), or
 * what renders its error pages has failed itself. A person gets a page from the files, which needs nothing
 * of ours; a program gets a problem. It is a bug or a wrong setting each time, and logged as one.
 */
export async function maintenance(
  request: Request,
  env: Pick<Bindings, "ASSETS">,
  error: unknown,
): Promise<Response> {
  const requestId = newRequestId();
  log("error", "worker_failed", { request_id: requestId, ...errorFields(error) });
  const page = wantsPage(request) ? await staticPage(request, env, requestId) : null;
  if (page !== null) return page;
  const body = {
    type: "https://kamidrop.dev/problems/busy",
    title: "Too busy right now; the same request may be sent again.",
    status: 503,
    code: "busy",
    request_id: requestId,
  };
  const headers = { ...headersOf(requestId), "content-type": "application/problem+json" };
  return Response.json(body, { status: 503, headers });
}

/** The page from the files as an answer: 503, kept nowhere. Null where the files cannot be had. */
export async function staticPage(
  request: Request,
  env: Pick<Bindings, "ASSETS">,
  requestId: string,
): Promise<Response | null> {
  const page = await pageOf(request, env);
  if (page === null) return null;
  const type = "text/html; charset=utf-8";
  const html = { "content-type": type, "content-security-policy": POLICY };
  return new Response(page, { status: 503, headers: { ...headersOf(requestId), ...html } });
}

function headersOf(requestId: string) {
  return {
    "cache-control": "no-store",
    "retry-after": String(RETRY_SECONDS),
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  };
}

function wantsPage(request: Request): boolean {
  const accepts = request.headers.get("accept")?.includes("text/html") === true;
  return accepts && !/^\/(?:api|admin|payments)(?:\/|$)/.test(new URL(request.url).pathname);
}

async function pageOf(request: Request, env: Pick<Bindings, "ASSETS">): Promise<string | null> {
  try {
    const response = await env.ASSETS.fetch(new Request(new URL(PAGE, request.url)));
    return response.ok ? await response.text() : null;
  } catch {
    // Files are served by the platform; without them there is still the problem to say.
    return null;
  }
}
