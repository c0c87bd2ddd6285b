import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePictures } from "../../src/adapters/pictures/elsewhere.ts";

const PNG = Buffer.from("89504e470d0a1a0a", "hex");
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = (status: number, headers: Record<string, string>, body: Buffer | string = "") =>
      response.writeHead(status, headers).end(body);
    switch (request.url) {
      case "/ok.png":
        return answer(200, { "content-type": "image/png; charset=binary" }, PNG);
      case "/moved":
        return answer(302, { location: "/ok.png" });
      case "/moved-inside":
        return answer(302, { location: "http://169.254.169.254/latest/meta-data" });
      case "/round":
        return answer(302, { location: "/round" });
      case "/page":
        return answer(200, { "content-type": "text/html" }, "<script>alert(1)</script>");
      case "/drawn.svg":
        return answer(200, { "content-type": "image/svg+xml" }, "<svg onload='alert(1)'/>");
      case "/huge.png":
        return answer(200, { "content-type": "image/png" }, Buffer.alloc(4 * 1024 * 1024 + 1));
      case "/hangs-up":
        response.writeHead(200, { "content-type": "image/png" }).write(PNG);
        return setTimeout(() => request.socket.destroy(), 20);
      default:
        return answer(404, {});
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe("a picture that a merchant has elsewhere", () => {
  const picture = makePictures({ fetch, reachesThisMachine: true });

  test("is brought as it is, over redirects too", async () => {
    for (const path of ["/ok.png", "/moved"]) {
      const fetched = await picture(`${origin}${path}`);
      expect(fetched?.type).toBe("image/png");
      expect(Buffer.from(fetched?.bytes ?? []).equals(PNG)).toBe(true);
    }
  });

  test.each([
    "/page",
    "/drawn.svg",
    "/huge.png",
    "/hangs-up",
    "/absent",
    "/round",
    "/moved-inside",
  ])("that is %s is none, and nothing is thrown", async (path) => {
    expect(await picture(`${origin}${path}`)).toBeNull();
  });

  test.each([
    "http://127.0.0.1/x.png",
    "https://10.0.0.1/x.png",
    "https://printer.local/x.png",
    "ftp://pictures.example.com/x.png",
  ])("is not asked for at %s, nor is anybody sent there by a redirect", async (address) => {
    const asked: string[] = [];
    const production = makePictures({
      fetch: async (url) => {
        asked.push(url);
        return new Response(null, { status: 302, headers: { location: address } });
      },
      reachesThisMachine: false,
    });
    expect(await production(address)).toBeNull();
    expect(asked).toEqual([]);
    expect(await production("https://pictures.example.com/x.png")).toBeNull();
    expect(asked).toHaveLength(1);
  });
});
