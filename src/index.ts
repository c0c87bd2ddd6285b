import { makeWorker } from "./platform/worker.ts";

export { DropController } from "../durable-objects/drop-controller/object.ts";
export { ProductStock } from "../durable-objects/product-stock/object.ts";
export { RateLimiter } from "../durable-objects/rate-limiter/object.ts";

export default makeWorker();
