import { createServer } from "node:net";

/** Free on both of localhost's addresses: wrangler would start on the one and be missed on the other. */
export async function portIsFree(port: number): Promise<boolean> {
  const tries = await Promise.all(["127.0.0.1", "::1"].map((host) => canListen(port, host)));
  return tries.every(Boolean);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 cannot listen there, and nobody else can either.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
