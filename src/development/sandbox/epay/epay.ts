import { Hono } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { act } from "./api.ts";
import { createTrade } from "./mapi.ts";
import { pay } from "./pay.tsx";
import { submit } from "./submit.tsx";

/**
 * The simulated epay gateway under /sandbox/epay/: what a real one offers (submit.php, mapi.php,
 * api.php), and /pay, by which a person or a script says what the buyer does.
 */
export const epaySandbox = new Hono<AppEnv>()
  .on(["GET", "POST"], "/submit.php", submit)
  .post("/mapi.php", createTrade)
  .get("/api.php", act)
  .post("/pay", pay)
  .get("/", (c: AppContext) => c.text("epay simulator: submit.php, mapi.php, api.php, pay"));
