import { describe, expect, test } from "vitest";
import { recognitionOf } from "../../src/adapters/payments/wechat/wechat-recognition.ts";
import {
  jsonResponse,
  MANNERS,
  silentWorld,
  worldOfRude,
  worldWith,
} from "../support/worker/gateway-world.ts";

const APP = { appid: "wxd678efh567hg6787", secret: "0123456789abcdef0123456789ABCDEF" };

/** The way to WeChat and back (developers.weixin.qq.com, "网页授权"). */
describe("WeChat, asked who a buyer is", () => {
  test("is gone to by an address in its own order, with the way back in it", () => {
    const address = recognitionOf(APP, silentWorld()).address("https://shop.example/a?b=c", "s1");
    expect(address).toBe(
      "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxd678efh567hg6787" +
        "&redirect_uri=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc&response_type=code&scope=snsapi_base" +
        "&state=s1#wechat_redirect",
    );
  });

  test("says who by the code, and is told the secret nowhere but there", async () => {
    let asked = "";
    const world = worldWith(({ url }) => {
      asked = url;
      return jsonResponse({ access_token: "T", openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" });
    });
    expect(await recognitionOf(APP, world).openIdOf("021abc")).toEqual({
      kind: "recognized",
      openId: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    });
    const { origin, pathname, searchParams } = new URL(asked);
    expect(origin + pathname).toBe("https://api.weixin.qq.com/sns/oauth2/access_token");
    expect(Object.fromEntries(searchParams)).toEqual({
      ...APP,
      code: "021abc",
      grant_type: "authorization_code",
    });
  });

  test.each([
    [{ errcode: 40029, errmsg: "invalid code" }, "refused"],
    [{ errcode: 40163, errmsg: "code been used" }, "refused"],
    [{ openid: "oGuest", is_snapshotuser: 1 }, "refused"],
    [{ errcode: -1, errmsg: "system error" }, "status"],
    [{ errcode: 40125, errmsg: "invalid appsecret" }, "credentials"],
    [{ access_token: "T" }, "not_understood"],
    [{ openid: "o\nInjected" }, "not_understood"],
    [{ openid: "" }, "not_understood"],
    [{ openid: 7 }, "not_understood"],
  ])("that answers %j names nobody: %s", async (body, word) => {
    const answer = await recognitionOf(
      APP,
      worldWith(() => jsonResponse(body)),
    ).openIdOf("c");
    expect("reason" in answer && answer.kind === "unavailable" ? answer.reason : answer.kind).toBe(
      word,
    );
  });

  test.each(["", "a b", "a&appid=x", "x".repeat(600)])(
    "about %j, which is no code, is not asked at all",
    async (code) => {
      expect((await recognitionOf(APP, silentWorld()).openIdOf(code)).kind).toBe("refused");
    },
  );

  test.each(MANNERS)("that does %s is unavailable", async (manner) => {
    const answer = await recognitionOf(APP, worldOfRude(manner)).openIdOf("c");
    expect(answer.kind).toBe("unavailable");
  });
});
