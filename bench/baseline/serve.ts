import { serve } from "@hono/node-server";
import { Redis } from "ioredis";
import { makeApp } from "./app.ts";
import { Orders } from "./orders.ts";
import { readSettings } from "./settings.ts";

/** The web process of the baseline. Prints its port when it listens. */
const settings = readSettings();
const redis = new Redis({ path: settings.redisSocket, enableAutoPipelining: true });
const app = makeApp(new Orders(redis), settings);
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  process.stdout.write(`listens on ${port}\n`);
});
