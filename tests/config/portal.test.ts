// The portal's settings in the environment.
import { expect, test } from "vitest";
import { noFile, reading } from "./reading.ts";

const { config, problems } = reading(noFile);

test("the portal's settings are told what is wrong with them", () => {
  const { portal } = config({ PORTAL_QUOTA: "2", PORTAL_MODE: "pull-request", PORTAL_PATH: "a/b" });
  expect(portal).toMatchObject({ quota: 2, mode: "pull-request", path: "a/b" });
  for (const [name, value] of [
    ["PORTAL_QUOTA", "-1"],
    ["PORTAL_MODE", "push"],
    ["PORTAL_PATH", "../x"],
    ["PORTAL_TEMPLATE", "A b"],
    ["PORTAL_TITLE", "a\u0007b"],
  ] as const) {
    expect(problems({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  }
});
