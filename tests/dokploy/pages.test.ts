import { expect, test } from "vitest";
import { dokployPages } from "../../src/dokploy/pages.ts";

test("a service's page is below its environment and its project, as Dokploy's router has it", () => {
  const pages = dokployPages("https://dokploy.example.com/");
  expect(pages.environment("p1", "e1")).toBe(
    "https://dokploy.example.com/dashboard/project/p1/environment/e1",
  );
  expect(pages.service("p1", "e1", "application", "a1")).toBe(
    "https://dokploy.example.com/dashboard/project/p1/environment/e1/services/application/a1",
  );
  expect(pages.service("p1", "e1", "postgres", "../x")).toContain("/services/postgres/..%2Fx");
});
