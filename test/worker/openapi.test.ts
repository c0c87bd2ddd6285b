import { describe, expect, test } from "vitest";
import {
  CODED_ANSWERS,
  plainAnswers,
  RECEIVED_ANSWERS,
} from "../../src/adapters/payments/answers.ts";
import { makeApp } from "../../src/http/app.ts";
import { makeDocument } from "../../src/http/openapi/document.ts";
import { operationOf } from "../../src/http/openapi/operation.ts";
import { holdToReference } from "../support/worker/conformance.ts";
import { call } from "../support/worker/shop.ts";

const { routes } = makeApp(() => undefined);
const document = makeDocument(routes);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the document", () => {
  test("every route for programs is in it, and nothing else", () => {
    const PROGRAMS = /^\/(api|admin|payments|healthz|readyz|metrics)(\/|$)/;
    const routed = routes
      .filter(({ method, path }) => method !== "ALL" && PROGRAMS.test(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const told = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(told.toSorted()).toEqual([...new Set(routed)].toSorted());
  });

  test("operations have names of their own", () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names).toEqual([...new Set(names)]);
  });

  test("every operation of the admin API names the scope that its route asks for", () => {
    const admin = operations.filter(({ path }) => path.startsWith("/admin"));
    expect(admin.filter(({ operation }) => operation.security === undefined)).toEqual([]);
  });

  test("every example is taken by the schema that parses the request", () => {
    const refused = routes.flatMap(({ handler, path }) =>
      Object.values(operationOf(handler)?.body ?? {})
        .filter(({ schema, example }) => !schema.safeParse(example).success)
        .map(() => path),
    );
    expect(refused).toEqual([]);
  });

  test.each([
    ["a word", plainAnswers("success")],
    ["another word", plainAnswers("ok")],
    ["Stripe's and PayPal's", RECEIVED_ANSWERS],
    ["WeChat's", CODED_ANSWERS],
  ])("it tells what gateways are answered: %s", (_, { accepted, rejected }) => {
    for (const { status, contentType, body } of [accepted, rejected]) {
      const [type = ""] = contentType.split(";");
      const json: unknown = type === "application/json" ? JSON.parse(body) : body;
      const at = { method: "POST", path: "/payments/acct_x/notify" };
      expect(() => holdToReference({ ...at, status, type, json })).not.toThrow();
      expect(() => holdToReference({ ...at, status, type, json: { other: 1 } })).toThrow();
    }
  });

  test("every reference in it leads somewhere", () => {
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter(([, name = ""]) => !(name in document.components.schemas));
    expect(missing).toEqual([]);
    expect(text).not.toContain("#/$defs");
  });

  test("it is served as it is made", async () => {
    const { status, headers, json } = await call("/openapi.json");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json");
    expect(json).toEqual(JSON.parse(JSON.stringify(document)));
  });
});
