import { makeWorker } from "./platform/worker.ts";

export { ProductStock } from "../durable-objects/product-stock/object.ts";
export { RateLimiter } from "../durable-objects/rate-limiter/object.ts";

export default makeWorker();
