// The portal's form and the newest commits of the stand-in world.
import type { CommitSummary } from "../../src/http/api/shapes/dashboard.ts";
import type { PortalSettingsView } from "../../src/http/api/shapes/portal.ts";
import { commitOf } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";

export const portalSettings: PortalSettingsView = {
  title: "Your AI stack",
  suffix: ".ai.example.com",
  template: "ai-stack",
  mode: "commit",
  contact: "platform@example.com",
  names: { minLength: 3, maxLength: 20 },
  fields: [
    {
      name: "model",
      type: "string",
      description: "Which model answers by default.",
      default: "small",
      options: ["small", "medium", "large"],
    },
    {
      name: "memoryGb",
      type: "integer",
      description: "Memory of the container, in GB.",
      default: "4",
      options: null,
    },
    {
      name: "webTerminal",
      type: "boolean",
      description: "A terminal in the browser.",
      default: "true",
      options: null,
    },
  ],
  quota: 3,
};

export function someCommits({ ago }: Times): readonly CommitSummary[] {
  return [
    {
      commit: commitOf("5eed123", "Create zoe", ago(30_000)),
      state: "pending",
      stateText: "Under way",
      description: "1 stack is rolling out",
      at: ago(8_000),
      stacks: 1,
    },
    {
      commit: commitOf("3f9c2ab", "Release 1.5 of the shop", ago(240_000)),
      state: "failure",
      stateText: "Failed",
      description: "shop: web crash loop, exit code 3",
      at: ago(120_000),
      stacks: 2,
    },
    {
      commit: commitOf("c0ffee1", "Remove last year's reports", ago(780_000)),
      state: "attention",
      stateText: "Waiting: approval",
      description: "2 removals wait for an approval",
      at: ago(720_000),
      stacks: 2,
    },
    {
      commit: commitOf("77aa001", "Raise memory of personal stacks", ago(259_200_000)),
      state: "success",
      stateText: "Done",
      description: "9 stacks changed, all healthy",
      at: ago(259_100_000),
      stacks: 9,
    },
    {
      commit: commitOf("beef042", "Correct a word in the README", ago(345_600_000)),
      state: "neutral",
      stateText: "Nothing to do",
      description: "touches no stack",
      at: ago(345_600_000),
      stacks: 0,
    },
  ];
}
