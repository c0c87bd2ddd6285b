import type { Hono } from "hono";
import { makeApp } from "../http/app.ts";
import type { AppEnv } from "../http/env.ts";
import { maintenance } from "../http/maintenance.ts";
import { refuseEarly } from "../http/refuse-early.ts";
import { refuseSoldOut } from "../http/refuse-sold-out.ts";
import { answerAtHand } from "../http/remembered-answer.ts";
import { consume } from "../queues/consume.ts";
import { runSchedule } from "../scheduled/run-schedule.ts";
import type { Bindings } from "./bindings.ts";
import { depsFor, type Extras } from "./deps.ts";

export interface Build extends Extras {
  /** Routes that only this build has. */
  readonly mount?: (app: Hono<AppEnv>) => void;
}

/** The Worker of a build: production adds nothing, development adds the sandbox and the inbox. */
export function makeWorker(build: Build = {}): ExportedHandler<Bindings> {
  const app = makeApp((root) => {
    root.use(async (c, next) => {
      c.set("deps", depsFor(c.env, build));
      await next();
    });
    build.mount?.(root);
  });
  const atHand = (request: Request, env: Bindings): Response | null => {
    try {
      const deps = depsFor(env, build);
      // What was remembered is of a shop in which nothing is off.
      if (deps.switches.isAnyOff()) return null;
      return refuseEarly(request, deps) ?? answerAtHand(request, deps);
    } catch {
      // A shop that cannot be put together: the long way says so, under a request id.
      return null;
    }
  };
  const orderAtHand = <Asked extends Request>(request: Asked, env: Bindings) => {
    try {
      return refuseSoldOut(request, depsFor(env, build));
    } catch {
      return request;
    }
  };
  const answer: NonNullable<ExportedHandler<Bindings>["fetch"]> = async (request, env, ctx) => {
    try {
      const left = await orderAtHand(request, env);
      return left instanceof Response ? left : await app.fetch(left, env, ctx);
    } catch (error) {
      // What the app's own error page could not say either.
      return maintenance(request, env, error);
    }
  };
  return {
    fetch: (request, env, ctx) => atHand(request, env) ?? answer(request, env, ctx),
    queue: (batch, env) => consume(batch, depsFor(env, build)),
    scheduled: (controller, env) => runSchedule(controller, depsFor(env, build)),
  };
}
