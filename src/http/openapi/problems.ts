import { z } from "zod";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import type { Operation } from "./operation.ts";

/** RFC 9457, with the evidence of each code beside it. */
export const problemShape = z
  .looseObject({
    type: z.string().describe("An address that names the kind of problem."),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().optional().describe("In words, what to do."),
    code: z.string().describe("Stable; for programs."),
    request_id: z.string().describe("The `X-Request-Id` of this answer: name it when you ask us."),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("What is wrong where, in a body, query or header."),
  })
  .meta({ id: "Problem", description: "RFC 9457. Evidence of each code stands beside these." });

/** Every code that an operation may answer with, and when. */
export function problemsOf(operation: Operation, admin: boolean): Map<ProblemCode, string> {
  const codes: ProblemCode[] = [
    ...requestCodes(operation),
    ...(operation.orderToken ? (["not_found", "too_many_requests"] as const) : []),
    ...(admin
      ? (["unauthorized", "scope_missing", "not_found", "too_many_requests"] as const)
      : []),
    // What is turned away at the door (src/http/middleware/turn-away.ts).
    "invalid_path",
    "invalid_header",
    "uri_too_long",
    "headers_too_large",
    "internal",
    "busy",
    ...(operation.sells ? (["shop_closed"] as const) : []),
  ];
  const told = new Map<ProblemCode, string>(codes.map((code) => [code, PROBLEMS[code][1]]));
  for (const [code, when] of Object.entries(operation.problems ?? {})) {
    told.set(code as ProblemCode, when);
  }
  return told;
}

/** What reading the request may refuse (src/http/body.ts). */
function requestCodes({ body, query, idempotencyKey, ifMatch }: Operation): ProblemCode[] {
  const codes: ProblemCode[] = [];
  if (body !== undefined) {
    if (body["application/json"] !== undefined) codes.push("invalid_json");
    codes.push("invalid_utf8", "invalid_body", "body_too_large", "unsupported_media_type");
    codes.push("too_many_requests");
  }
  if (query !== undefined) codes.push("invalid_query");
  if (idempotencyKey === "required") codes.push("idempotency_key_required", "idempotency_key_weak");
  if (idempotencyKey !== undefined) codes.push("idempotency_key_reused");
  if (ifMatch === true) codes.push("if_match_required");
  return codes;
}
