// A portal that writes down what it is asked, with deployments whose states tests set.
import type { Portal } from "../../src/engine/portal/portal.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { DeploymentState } from "../../src/model/deployment.ts";
import type { Plan } from "../../src/model/plan.ts";
import { emptyPlan } from "../cli/support.ts";

export interface FakePortal extends Portal {
  readonly asked: string[];
  /** Those who watch are told. */
  set(id: string, state: DeploymentState | null): void;
  watchers(): number;
}

export const deploymentId = "dep_1_abcdefghijklmnop";

export function deploying(more: Partial<DeploymentState> = {}): DeploymentState {
  return {
    id: deploymentId,
    name: "zoe",
    status: "deploying",
    url: "https://zoe.ai.example.com",
    error: null,
    projectId: "p1",
    applicationId: null,
    progress: 60,
    currentStep: "Starting the container",
    steps: [
      {
        id: "written",
        title: "Written to Git",
        state: "done",
        startedAtMs: 0,
        endedAtMs: 1_000,
        link: null,
      },
      {
        id: "deploy",
        title: "Starting the container",
        state: "active",
        startedAtMs: 1_000,
        endedAtMs: null,
        link: null,
      },
    ],
    startedAtMs: 0,
    endedAtMs: null,
    ...more,
  };
}

export const completed: Partial<DeploymentState> = {
  status: "completed",
  progress: 100,
  currentStep: "Ready",
  endedAtMs: 38_000,
};

export function fakePortal(): FakePortal {
  const asked: string[] = [];
  const states = new Map<string, DeploymentState>([[deploymentId, deploying()]]);
  const listeners = new Map<string, Set<() => void>>();
  const plan: Plan = { stack: "shop", actions: [], notes: [], conflict: null };
  return {
    asked,
    set(id, state) {
      if (state === null) states.delete(id);
      else states.set(id, state);
      for (const listener of listeners.get(id) ?? []) listener();
    },
    watchers: () => [...listeners.values()].reduce((sum, some) => sum + some.size, 0),
    async form() {
      return {
        title: "Your AI stack",
        mode: "commit",
        contact: null,
        quota: 3,
        template: "ai-stack",
        suffix: ".ai.example.com",
        names: { minLength: 3, maxLength: 20 },
        fields: [
          {
            name: "memory",
            type: "string",
            description: "",
            default: "2Gi",
            options: ["1Gi", "2Gi"],
          },
        ],
      };
    },
    async check(name, person) {
      asked.push(`check ${name} by ${person.id}`);
      if (name === "admin") {
        return { available: false, valid: false, error: "admin is reserved", yours: false };
      }
      return { available: name !== "taken", valid: true, yours: false };
    },
    async deploy({ name, template, parameters }, person) {
      asked.push(`deploy ${name} ${JSON.stringify({ template, parameters })} by ${person.id}`);
      const refusals = {
        admin: new CapstanError("invalid", "admin is reserved"),
        taken: new CapstanError("conflict", "taken is taken", { hint: "choose another name" }),
        fourth: new CapstanError("denied", "you have 3 stacks already, which is the limit"),
        offline: new CapstanError("unavailable", "Git has not been read yet"),
      };
      const refusal = (refusals as Readonly<Record<string, CapstanError>>)[name];
      if (refusal !== undefined) throw refusal;
      const { id, url } = deploying();
      return {
        ...{ id, name, template: template ?? "ai-stack", url, startedAtMs: 0 },
        owner: person,
        ...{ sha: null, review: null, writtenAtMs: null, end: null },
      };
    },
    state: async (id) => states.get(id) ?? null,
    async deployments(person, limit) {
      asked.push(`deployments of ${person.id}`);
      return [...states.values()].slice(0, limit);
    },
    watch(id, changed) {
      const known = listeners.get(id) ?? new Set();
      listeners.set(id, known.add(changed));
      return () => void known.delete(changed);
    },
    async own(person) {
      asked.push(`own of ${person.id}`);
      return [
        {
          ...{ name: "zoe", url: null, status: null, deploymentId },
          ...{ waitsForReview: false, removable: false, isLeaving: false },
        },
      ];
    },
    async remove(name, person) {
      asked.push(`remove ${name} by ${person.id}`);
      return { kind: "committed", sha: "3f9c2ab0".repeat(5) };
    },
    async revert(stack, revision, person) {
      asked.push(`revert ${stack} to ${revision} by ${person.id}`);
      return { kind: "review", number: 7, url: "https://git.example.com/acme/stacks/pulls/7" };
    },
    async revertPreview() {
      return { ...emptyPlan, plans: [plan], touched: ["shop"], newProblems: [], withSecrets: true };
    },
    close: () => undefined,
  };
}
