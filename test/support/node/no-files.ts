import type { GatewayFiles } from "../../../src/adapters/payments/gateway.ts";

/** For gateways that are to fetch no file. */
export const noFiles: GatewayFiles = {
  download: () => Promise.reject(new Error("a file was fetched")),
  digest: () => {
    throw new Error("a file was fetched");
  },
};
