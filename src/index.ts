import { makeWorker } from "./platform/worker.ts";

export { ProductStock } from "../durable-objects/product-stock/object.ts";

export default makeWorker();
