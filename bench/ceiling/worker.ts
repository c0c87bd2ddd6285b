import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

/** The platform's own floor: what the ratios of the bench are ratios to. */
export class Empty extends DurableObject {
  nothing(): Promise<number> {
    return Promise.resolve(1);
  }
}

interface Bindings {
  EMPTY: DurableObjectNamespace<Empty>;
}

export default new Hono<{ Bindings: Bindings }>()
  .get("/", (c) => c.text("ok"))
  .post("/", async (c) => {
    await c.req.text();
    return c.text("ok");
  })
  .get("/rpc", async (c) => c.json(await c.env.EMPTY.getByName("hot").nothing()));
