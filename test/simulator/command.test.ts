import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { readOptions } from "../../scripts/simulate/options.ts";
import { progressText } from "../../scripts/simulate/progress-bar.ts";

const MAIN = new URL("../../scripts/simulate/main.ts", import.meta.url).pathname;

async function simulate(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, text };
}

test("a run that keeps every promise says what became of its orders", async () => {
  const { code, text } = await simulate("--orders", "60", "--seeds", "3");
  expect(text).toMatch(/3 worlds of 60 orders, seeds 1 to 3: 180 orders in all/);
  const [, ...outcomes] = /success (\d+) · refused (\d+) · unknown (\d+)/.exec(text) ?? [];
  expect(outcomes.map(Number).reduce((sum, count) => sum + count, 0)).toBe(180);
  expect(text).toContain("Every promise was kept.");
  expect(code).toBe(0);
}, 60_000);

test("a broken promise is told with the law, the command that plays it again and a short script", async () => {
  const fault = "an unpaid order shows its keys";
  const { code, text } = await simulate("--orders", "60", "--seeds", "9", "--fault", fault);
  expect(text).toContain("BROKEN  R1 keys are shown once they are paid for");
  const command = /npm run simulate -- (--orders 60 --seeds 1 --seed \d+) --fault "(.*)"/.exec(
    text,
  );
  expect(command?.[2]).toBe(fault);
  const [, few, all] = /comes down to (\d+) of (\d+) operations/.exec(text) ?? [];
  expect(Number(few)).toBeLessThan(8);
  expect(Number(all)).toBeGreaterThan(60);
  expect(code).toBe(1);

  const again = await simulate(...(command?.[1] ?? "").split(" "), "--fault", fault);
  const broken = /BROKEN[\s\S]*Found in the world of seed \d+:\n.*/.exec(text)?.[0] ?? "none";
  expect(again.text).toContain(broken);
}, 120_000);

test("options that make no sense are refused with the reason", () => {
  expect(readOptions(["--orders", "0"])).toEqual({ wrong: expect.stringContaining("from 1") });
  expect(readOptions(["--fault", "none"])).toEqual({
    wrong: expect.stringContaining("release twice"),
  });
  expect(readOptions(["--sedes", "3"])).toEqual({ wrong: expect.stringContaining("--sedes") });
  expect(readOptions(["--orders", "5000", "--seeds", "10", "--seed", "1"])).toMatchObject({
    orders: 5000,
    seeds: 10,
    seed: 1,
  });
});

test("the progress bar says how far, how many, how fast and how much longer", () => {
  const progress = { done: 50, total: 200, orders: 25_000, seconds: 5 };
  const bar = `${"█".repeat(7)}${"░".repeat(23)}`;
  expect(progressText(progress)).toBe(
    `${bar} 50/200 worlds · 25,000 orders · 5,000 a second · 15 s left`,
  );
});
