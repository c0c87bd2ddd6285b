import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { makeDocument, type Document, type Route } from "./document.ts";

/** A deployment changes it, nothing else does. */
const CACHE = "public, max-age=60";

/**
 * GET /openapi.json. The document is made at the first request for it and kept as long as the
 * isolate lives: no sale waits for it, and no isolate that is never asked makes it.
 */
export function openApi(routes: () => readonly Route[]): Hono<AppEnv> {
  let document: Document | undefined;
  const known = () => (document ??= makeDocument(routes()));
  let text: string | undefined;
  return new Hono<AppEnv>().get("/openapi.json", (c) => {
    text ??= JSON.stringify(known());
    return c.body(text, 200, { "content-type": "application/json", "cache-control": CACHE });
  });
}
