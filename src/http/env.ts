import type { Context } from "hono";
import type { Bindings } from "../platform/bindings.ts";
import type { Deps } from "../platform/deps.ts";

/** What every handler has at hand. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    deps: Deps;
    /** Minted here for every request; in every answer and log line of it. */
    requestId: string;
  };
}

export type AppContext = Context<AppEnv>;

/** What reading a request takes: the context of any route, whatever else its own env holds. */
export type RequestContext = Pick<AppContext, "req" | "var">;
