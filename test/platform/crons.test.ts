import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BY_THEMSELVES } from "../../src/scheduled/run-schedule.ts";

it("what runs by itself has a line of its own among the crons, beside that of every minute", () => {
  const config = readFileSync("wrangler.toml", "utf8");
  const [, list = ""] = /^crons = \[(.*)\]$/m.exec(config) ?? [];
  const crons = list.split(",").map((cron) => cron.trim().replaceAll('"', ""));
  expect(crons).toEqual(["* * * * *", ...Object.keys(BY_THEMSELVES)]);
});
