import { env } from "cloudflare:workers";
import type { Bindings } from "../platform/bindings.ts";
import { makeWorker } from "../platform/worker.ts";
import { challengeWidget, developmentChallenge } from "./challenge/challenge.ts";
import { inboxSender } from "./inbox-sender.ts";
import { inbox } from "./inbox.tsx";
import { reachGateway, sandbox } from "./sandbox/gateways.tsx";
import { asInsideWechat } from "./sandbox/wechat/browser.ts";

// At the start and not at the first request: a deployment of this build by mistake does not begin to
// work, so nobody finds a sandbox that gives keys away for play money.
if ((env as Bindings).KAMIDROP_ENV !== "development") {
  throw new Error(
    'This is the development build. It runs only where KAMIDROP_ENV is "development".',
  );
}

export { DropController } from "../../durable-objects/drop-controller/object.ts";
export { ProductStock } from "../../durable-objects/product-stock/object.ts";
export { RateLimiter } from "../../durable-objects/rate-limiter/object.ts";

/** The shop with a gateway that plays along and an inbox that catches every mail. */
export default makeWorker({
  mount(app) {
    app.use(asInsideWechat);
    app.route("/sandbox", sandbox());
    app.route("/dev", inbox);
    app.route("/dev", challengeWidget);
  },
  reachesThisMachine: true,
  reachGateway,
  challenge: developmentChallenge,
  mailSenders: (bindings, vault) => [inboxSender({ db: bindings.DB, vault })],
});
