import { Hono } from "hono";
import type { ChallengeVerifier } from "../../flows/buyers/challenge-ports.ts";
import type { AppEnv } from "../../http/env.ts";

const CHOICES = {
  pass: "I am a person",
  fail: "I am a robot",
  down: "The verifier is down",
} as const;

/** Plays a captcha's verifier: what the developer has chosen in the widget is what happens. */
export const developmentChallenge: ChallengeVerifier = {
  offer: { provider: "development", siteKey: "development", script: "/dev/challenge.js" },
  async verify({ response }) {
    if (response === "pass") return { kind: "passed" };
    if (response === "down") return { kind: "unavailable", reason: "as chosen" };
    return { kind: "failed", codes: [response === "fail" ? "as chosen" : "unknown"] };
  },
};

/** The widget: drawn where Turnstile would draw its own, and answers under the same name. */
const SCRIPT = `for (const box of document.querySelectorAll(".cf-turnstile")) {
  const select = document.createElement("select");
  select.name = box.dataset.responseFieldName;
  select.setAttribute("aria-label", "Development captcha");
  for (const [value, words] of Object.entries(${JSON.stringify(CHOICES)})) {
    select.add(new Option(words, value));
  }
  box.replaceChildren(select);
}
`;

export const challengeWidget = new Hono<AppEnv>().get("/challenge.js", (c) =>
  c.body(SCRIPT, 200, { "content-type": "text/javascript; charset=utf-8" }),
);
