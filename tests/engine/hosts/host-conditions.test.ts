// What the checks of several hosts say together, and what a stack waits for.
import { describe, expect, test } from "vitest";
import { reportOf } from "../../../src/engine/hosts/host-conditions.ts";
import { notAsked } from "../../../src/engine/hosts/host-findings.ts";
import type { HostFinding, HostFindings } from "../../../src/model/host-check.ts";

const ok = (message: string): HostFinding => ({ status: "True", reason: "Fine", message });
const bad = (message: string): HostFinding => ({ status: "False", reason: "Bad", message });
const all = (finding: HostFinding): HostFindings => ({
  ...{ Resolves: finding, Certificate: finding, Answers: finding },
});
const conditionsOf = (hosts: Parameters<typeof reportOf>[0]) =>
  reportOf(hosts).conditions.map(({ type, status, isAdvisory }) => [type, status, isAdvisory]);

test("a stack without hosts has no such conditions", () => {
  expect(reportOf([])).toEqual({ conditions: [], holds: null });
});

describe("a managed host", () => {
  const host = { host: "shop.example.com", isManaged: true };
  test("holds its stack up until it was looked at", () => {
    const report = reportOf([{ ...host, findings: null }]);
    expect(report.holds).toBe("shop.example.com is not checked yet");
    expect(report.conditions.map(({ status }) => status)).toEqual([
      "Unknown",
      "Unknown",
      "Unknown",
    ]);
  });

  test("holds it up by each of the three", () => {
    for (const type of ["Resolves", "Certificate", "Answers"] as const) {
      const findings = { ...all(ok("fine")), [type]: bad(`${type} is wrong`) };
      const report = reportOf([{ ...host, findings }]);
      expect(report.holds).toBe(`${type} is wrong`);
      const wrong = report.conditions.filter(({ status }) => status !== "True");
      expect(wrong).toEqual([
        { type, status: "False", reason: "Bad", message: `${type} is wrong`, isAdvisory: false },
      ]);
    }
  });

  test("that may not be asked holds nothing up", () => {
    const hidden = notAsked("shop.example.com", "10.0.0.1 is not a public address");
    const findings = { Resolves: ok("it resolves"), Certificate: hidden, Answers: hidden };
    expect(reportOf([{ ...host, findings }]).holds).toBeNull();
  });
});

describe("another host", () => {
  test("is shown, and holds up nothing", () => {
    const host = { host: "www.example.org", isManaged: false, findings: all(bad("it is wrong")) };
    expect(reportOf([host]).holds).toBeNull();
    expect(conditionsOf([host])).toEqual([
      ["Resolves", "False", true],
      ["Certificate", "False", true],
      ["Answers", "False", true],
    ]);
  });

  test("comes after a managed one that is wrong", () => {
    const hosts = [
      { host: "www.example.org", isManaged: false, findings: all(bad("theirs is wrong")) },
      { host: "shop.example.com", isManaged: true, findings: all(bad("ours is wrong")) },
    ];
    expect(reportOf(hosts).conditions[0]).toMatchObject({
      message: "ours is wrong",
      isAdvisory: false,
    });
  });
});

test("P7 many hosts are counted, not listed", () => {
  const hosts = Array.from({ length: 40 }, (_, index) => ({
    ...{ host: `h${index}.example.com`, isManaged: true },
    findings: all(bad(`h${index} is wrong`)),
  }));
  const { holds, conditions } = reportOf(hosts);
  expect(holds).toContain("and 35 more");
  expect(conditions[0]?.message).toContain("and 35 more");
});
