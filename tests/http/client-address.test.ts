import { describe, expect, test } from "vitest";
import { clientKey, createClientAddress } from "../../src/http/client-address.ts";

const address = createClientAddress(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);

describe("P6 the client's address", () => {
  test("is the peer's, whatever a client writes into X-Forwarded-For", () => {
    expect(address("203.0.113.7", "127.0.0.1")).toBe("203.0.113.7");
    expect(address("203.0.113.7", "10.0.0.1, 192.0.2.1")).toBe("203.0.113.7");
    expect(createClientAddress([])("10.0.0.1", "1.2.3.4")).toBe("10.0.0.1");
  });

  test("is the rightmost that no proxy of ours has, whatever stands left of it", () => {
    expect(address("10.0.0.1", "198.51.100.9")).toBe("198.51.100.9");
    expect(address("10.0.0.1", "127.0.0.1, 1.1.1.1, 198.51.100.9")).toBe("198.51.100.9");
    expect(address("10.0.0.1", "1.1.1.1, 198.51.100.9, 10.0.0.2, 192.0.2.1")).toBe("198.51.100.9");
    expect(address("fd00::1", "2001:db8::7")).toBe("2001:db8::7");
  });

  test("is the last that can be read where the rest is no address", () => {
    for (const wrong of ["", "unknown", "10.0.0.1.evil", "<script>", "1.2.3.4\r\nX: y", ", ,"]) {
      expect(address("10.0.0.1", wrong), wrong).toBe("10.0.0.1");
    }
    expect(address("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2")).toBe("10.0.0.2");
  });

  test("may carry a port, brackets, or an IPv4 address inside IPv6", () => {
    expect(address("::ffff:10.0.0.1", "198.51.100.9:4711")).toBe("198.51.100.9");
    expect(address("10.0.0.1", "[2001:DB8::7]:443")).toBe("2001:db8::7");
    expect(address("10.0.0.1", "::ffff:198.51.100.9")).toBe("198.51.100.9");
  });

  test("is the leftmost when all are proxies of ours, and is found in a bounded time", () => {
    expect(address("10.0.0.1", "10.0.0.3, 10.0.0.2")).toBe("10.0.0.3");
    const long = Array.from({ length: 1_000 }, () => "10.0.0.2").join(",");
    expect(address("10.0.0.1", `1.1.1.1,${long}`)).toBe("10.0.0.2");
  });

  test("is unknown without a socket", () => {
    expect(address("unknown", "1.2.3.4")).toBe("unknown");
  });
});

test("one client is an IPv4 address, or a network of IPv6 that one household has", () => {
  expect(clientKey("203.0.113.7")).toBe("203.0.113.7");
  const same = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:0db8:0001:0002:1:2:3:4"];
  expect(new Set(same.map(clientKey))).toEqual(new Set(["2001:db8:1:2::/64"]));
  expect(clientKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(clientKey("::1")).toBe("0:0:0:0::/64");
  expect(clientKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
});
