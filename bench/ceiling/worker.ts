import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

/** The platform's own floor: what the ratios of the bench are ratios to. */
export class Empty extends DurableObject<Bindings> {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (row INTEGER PRIMARY KEY, text TEXT)");
  }

  nothing(): Promise<number> {
    return Promise.resolve(1);
  }

  /** One row, durable when it is answered: the least that an order can cost without company. */
  async write(text: string): Promise<number> {
    return this.ctx.storage.sql.exec("INSERT INTO rows (text) VALUES (?1)", text).rowsWritten;
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
  .get("/rpc", async (c) => c.json(await c.env.EMPTY.getByName("hot").nothing()))
  .post("/write", async (c) =>
    c.json(await c.env.EMPTY.getByName("hot").write(await c.req.text())),
  );
