import type { Scope } from "../../domain/scopes.ts";
import { LIMIT_HEADERS } from "../limits.ts";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import { operationOf, scopeOf, type Answer, type Operation } from "./operation.ts";
import { HEADERS, parametersOf, type Parameter } from "./parameters.ts";
import { problemShape, problemsOf } from "./problems.ts";
import { refer, Schemas, type JsonSchema } from "./schemas.ts";
import { sectionOf, tags } from "./sections.ts";

/** OpenAPI 3.1: what of it kamidrop says. */
export interface Document {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: typeof SECURITY;
  };
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

export interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { description: string; schema: JsonSchema }>>;
  readonly content?: Content;
}

type Content = Readonly<
  Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>
>;

/** A route as Hono keeps it: each middleware and handler of a method and path is one. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: object;
}

const SECURITY = {
  order: {
    type: "http",
    scheme: "bearer",
    description: "The `access_token` of one order.",
  },
  merchant: {
    type: "http",
    scheme: "bearer",
    description: "A merchant's token, `kdm_…`, with the scope that the operation names.",
  },
} as const;

/** The reference of what is routed and described. Pure: the same routes make the same document. */
export function makeDocument(routes: readonly Route[]): Document {
  const schemas = new Schemas();
  const names = new Set<string>();
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const { method, path, operation, scope } of describedRoutes(routes)) {
    const documented = documentedOperation({ path, operation, scope, schemas });
    const operationId = unusedName(documented.operationId, method, names);
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...documented, operationId } };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "kamidrop",
      version: "1",
      description:
        "JSON in snake_case. Sums are integers in the currency's minor unit, times RFC 3339 in UTC. Ignore fields that you do not know: answers may gain some. Every answer has an `X-Request-Id`.",
    },
    tags: tags(),
    paths,
    components: { schemas: schemas.named, securitySchemes: SECURITY },
  };
}

interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly scope: Scope | undefined;
}

function describedRoutes(routes: readonly Route[]): Described[] {
  return routes.flatMap(({ method, path, handler }) => {
    const operation = operationOf(handler);
    if (operation === undefined) return [];
    const beside = routes.filter((route) => route.method === method && route.path === path);
    const scope = beside.map((route) => scopeOf(route.handler)).find(Boolean);
    return [{ method, path: path.replaceAll(/:(\w+)/g, "{$1}"), operation, scope }];
  });
}

/** One handler may answer two methods: the second gets its method into its name. */
function unusedName(name: string, method: string, names: Set<string>): string {
  const unused = names.has(name) ? `${name}By${capitalised(method.toLowerCase())}` : name;
  names.add(unused);
  return unused;
}

interface Documenting {
  readonly path: string;
  readonly operation: Operation;
  readonly scope: Scope | undefined;
  readonly schemas: Schemas;
}

function documentedOperation({
  path,
  operation,
  scope,
  schemas,
}: Documenting): DocumentedOperation {
  const section = sectionOf(path);
  if (section === null) throw new Error(`${path} belongs to no section of the reference`);
  const { name, summary, description, body, bodyOptional } = operation;
  const admin = scope !== undefined;
  return {
    operationId: admin ? `admin${capitalised(name)}` : name,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [section.tag],
    ...(scope === undefined ? {} : { security: [{ merchant: [scope] }] }),
    ...(operation.orderToken ? { security: [{ order: [] }] } : {}),
    ...(operation.operatorToken ? { security: [{ merchant: ["operator"] }] } : {}),
    parameters: parametersOf({ path, operation, admin, names: section.names ?? {}, schemas }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: bodyOptional !== true, content: contentOf(body, schemas) } }),
    responses: responsesOf(operation, admin, schemas),
  };
}

function contentOf(body: NonNullable<Operation["body"]>, schemas: Schemas): Content {
  const said = Object.entries(body).map(([type, { schema, example }]) => [
    type,
    { schema: schemas.of(schema), example },
  ]);
  return Object.fromEntries(said) as Content;
}

function responsesOf(operation: Operation, admin: boolean, schemas: Schemas) {
  const responses: Record<string, DocumentedAnswer> = {};
  for (const [status, { description, schema, type, also, headers = {} }] of Object.entries(
    operation.answers,
  )) {
    responses[status] = {
      description,
      headers: headersOf(headers),
      ...(schema === undefined
        ? {}
        : { content: formsOf({ [type ?? "application/json"]: schema, ...also }, schemas) }),
    };
  }
  schemas.of(problemShape);
  for (const [status, codes] of byStatus(problemsOf(operation, admin))) {
    responses[status] = withProblems(responses[status], status, codes);
  }
  return responses;
}

function formsOf(forms: NonNullable<Answer["also"]>, schemas: Schemas): Content {
  return Object.fromEntries(
    Object.entries(forms).map(([type, schema]) => [type, { schema: schemas.of(schema) }]),
  );
}

type Codes = [ProblemCode, string][];

function byStatus(told: Map<ProblemCode, string>): [number, Codes][] {
  const groups = Map.groupBy(told, ([code]) => PROBLEMS[code][0]);
  return [...groups].toSorted(([a], [b]) => a - b);
}

/** A status may mean a success of sorts and a refusal: their media types tell them apart. */
function withProblems(
  answer: DocumentedAnswer | undefined,
  status: number,
  codes: Codes,
): DocumentedAnswer {
  const schema = {
    allOf: [refer("Problem")],
    type: "object",
    properties: { code: { enum: codes.map(([code]) => code) } },
  } satisfies JsonSchema;
  const told = codes.map(([code, when]) => `\`${code}\`: ${when}`);
  const again = {
    ...(status === 429 || status === 503 ? { "Retry-After": HEADERS["Retry-After"] } : {}),
    ...(status === 429 ? LIMIT_HEADERS : {}),
  };
  return {
    description: [...(answer === undefined ? [] : [answer.description]), ...told].join("\n"),
    headers: { ...answer?.headers, ...headersOf(again) },
    content: { ...answer?.content, "application/problem+json": { schema } },
  };
}

function headersOf(headers: Readonly<Record<string, string>>) {
  const said = { "X-Request-Id": HEADERS["X-Request-Id"], ...headers };
  const schema = { type: "string" } satisfies JsonSchema;
  return Object.fromEntries(
    Object.entries(said).map(([name, description]) => [name, { description, schema }]),
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
