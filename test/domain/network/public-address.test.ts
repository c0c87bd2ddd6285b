import { describe, expect, test } from "vitest";
import { developmentUrl, publicHttpsUrl } from "../../../src/domain/network/public-address.ts";

describe("an address that we call on a merchant's word", () => {
  test.each([
    "https://pay.example.com/",
    "https://pay.example.com:8443/epay/",
    "https://8.8.8.8/",
    "https://172.15.0.1/",
    "https://172.32.0.1/",
    "https://100.63.0.1/",
    "https://[2606:4700::1111]/",
    "https://localhost.example.com/",
    "https://支付.中国/",
  ])("may be %s", (text) => {
    expect(publicHttpsUrl(text)).not.toBeNull();
  });

  test.each([
    ["plain http", "http://pay.example.com/"],
    ["another scheme", "ftp://pay.example.com/"],
    ["a script", "javascript:alert(1)"],
    ["no address", "pay.example.com"],
    ["the port of SSH", "https://pay.example.com:22/"],
    ["the port of mail", "https://pay.example.com:25/"],
    ["the port of plain HTTP", "https://pay.example.com:80/"],
    ["a password", "https://a:b@pay.example.com/"],
    ["this machine", "https://localhost/"],
    ["this machine, with a final dot", "https://localhost./"],
    ["a name below localhost", "https://x.localhost/"],
    ["a name of one word", "https://redis/"],
    ["the cloud's metadata by name", "https://metadata.google.internal/"],
    ["the cloud's metadata by number", "https://169.254.169.254/latest/"],
    ["a printer's name", "https://printer.local/"],
    ["a router's name", "https://router.home.arpa/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback elsewhere in its block", "https://127.8.8.8/"],
    ["loopback as one number", "https://2130706433/"],
    ["loopback in hexadecimal", "https://0x7f.1/"],
    ["loopback in octal", "https://0177.0.0.1/"],
    ["loopback in full-width digits", "https://１２７.0.0.1/"],
    ["nothing", "https://0.0.0.0/"],
    ["10/8", "https://10.1.2.3/"],
    ["172.16/12, its first", "https://172.16.0.1/"],
    ["172.16/12, its last", "https://172.31.255.255/"],
    ["192.168/16", "https://192.168.1.1/"],
    ["a carrier's inner network", "https://100.64.0.1/"],
    ["benchmarking", "https://198.18.0.1/"],
    ["documentation", "https://203.0.113.1/"],
    ["multicast", "https://224.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["IPv6 loopback", "https://[::1]/"],
    ["IPv6 nothing", "https://[::]/"],
    ["IPv4 loopback in IPv6", "https://[::ffff:127.0.0.1]/"],
    ["IPv4 behind NAT64", "https://[64:ff9b::10.0.0.1]/"],
    ["6to4 of a private address", "https://[2002:a00:1::]/"],
    ["Teredo", "https://[2001:0:1::]/"],
    ["a unique local address", "https://[fd00::1]/"],
    ["a link-local address", "https://[fe80::1]/"],
    ["IPv6 multicast", "https://[ff02::1]/"],
    ["IPv6 documentation", "https://[2001:db8::1]/"],
  ])("is refused for %s", (_, text) => {
    expect(publicHttpsUrl(text)).toBeNull();
  });
});

describe("in development", () => {
  test.each([
    "http://localhost:8787/sandbox/epay/",
    "http://127.0.0.1:1/",
    "https://[::1]/",
    "https://pay.example.com/",
    "https://shop.test/sandbox/epay/",
    "https://10.0.0.1/",
  ])("it may also be %s", (text) => {
    expect(developmentUrl(text)).not.toBeNull();
  });

  test.each([
    "http://pay.example.com/",
    "http://10.0.0.1/",
    "http://127.0.0.2/",
    "ftp://localhost/",
    "http://a@localhost/",
  ])("it is still not %s", (text) => {
    expect(developmentUrl(text)).toBeNull();
  });
});
