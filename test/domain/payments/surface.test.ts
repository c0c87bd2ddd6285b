import { expect, test } from "vitest";
import { seenBy } from "../../../src/domain/payments/surface.ts";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36", "desktop", false],
  [`${IPHONE} Version/18.0 Mobile/15E148 Safari/604.1`, "phone", true],
  [`${IPHONE} Mobile/15E148 MicroMessenger/8.0.50(0x18003234) NetType/WIFI`, "wechat", true],
  ["Mozilla/5.0 (Windows NT 10.0) WindowsWechat MicroMessenger/7.0.20.1781", "wechat", false],
  [
    `${IPHONE} Mobile/15E148 AlipayDefined(nt:WIFI) AliApp(AP/10.6) AlipayClient/10.6`,
    "alipay",
    true,
  ],
  ["Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36 V1_AND_SQ QQ/9.0.60.17095", "qq", true],
  ["Mozilla/5.0 (Linux; Android 14) MQQBrowser/15.0 Mobile Safari/537.36", "phone", true],
  ["", "desktop", false],
])("%s is seen as %s", (agent, surface, phone) => {
  expect(seenBy(agent, undefined)).toEqual({ surface, phone });
});

test("the browser's own hint says phone where its name does not", () => {
  expect(seenBy("Mozilla/5.0 (X11; Linux x86_64)", "?1").surface).toBe("phone");
  expect(seenBy("Mozilla/5.0 (X11; Linux x86_64)", "?0").surface).toBe("desktop");
});
