// Deployments of the stand-in world: each goes on when the test says so.
import { Hono } from "hono";
import type {
  DeploymentStateView,
  OwnStackView,
  PortalSettingsView,
} from "../../src/http/api/shapes/portal.ts";
import { problem } from "../../src/http/problem.ts";
import { sseChannel } from "./pages-sse.ts";
import type { Channel } from "./pages-sse.ts";

type Step = DeploymentStateView["steps"][number];

export interface Deployments {
  /** Below `/api`. */
  readonly routes: Hono;
  /** The ids, the oldest first. */
  ids(): readonly string[];
  state(id: string): DeploymentStateView | null;
  /** Ends the active step and begins the next; the last one completes it. */
  advance(id: string): void;
  fail(id: string, error: string, log: readonly string[]): void;
  own(): readonly OwnStackView[];
  forget(id: string): void;
  /** Ends all connections. */
  cut(): void;
}

const titles: readonly (readonly [id: string, title: string])[] = [
  ["written", "Written to Git"],
  ["seen", "Seen by Capstan"],
  ["project", "Project created"],
  ["application", "Service created"],
  ["deploy", "Starting the container"],
  ["ready", "Answering at its address"],
];
const reviewStep = ["review", "Waits for a review"] as const;

export function createDeployments(settings: PortalSettingsView): Deployments {
  const states = new Map<string, DeploymentStateView>();
  const channels = new Map<string, Channel>();
  const channelOf = (id: string): Channel => {
    const channel = channels.get(id) ?? sseChannel();
    channels.set(id, channel);
    return channel;
  };
  const now = (): string => new Date().toISOString();
  const taken = (name: string): string | undefined =>
    [...states.values()].find((state) => state.name === name)?.id;

  function begin(name: string): DeploymentStateView {
    const id = `dep_${Date.now().toString(36)}_${name}${states.size}`;
    const isReviewed = settings.mode === "pull-request";
    const all = isReviewed ? [titles[0]!, reviewStep, ...titles.slice(1)] : titles;
    const state: DeploymentStateView = {
      id,
      name,
      status: "initializing",
      url: `https://${name}${settings.suffix}`,
      progress: 5,
      currentStep: all[0]![1],
      steps: all.map(([stepId, title], index): Step => ({
        id: stepId,
        title,
        state: index === 0 ? "active" : "waiting",
        startedAt: index === 0 ? now() : null,
        endedAt: null,
        link: stepId === "review" ? "https://git.example.com/platform/stacks/pulls/7" : null,
      })),
      startedAt: now(),
      endedAt: null,
    };
    states.set(id, state);
    return state;
  }

  function tell(state: DeploymentStateView): void {
    states.set(state.id, state);
    const channel = channelOf(state.id);
    channel.send("progress", state);
    if (state.endedAt === null) return;
    channel.send(state.status === "completed" ? "complete" : "error", state);
    channel.cut();
  }

  const routes = new Hono();
  routes.get("/check/:name", (context) => {
    const name = context.req.param("name");
    const { minLength, maxLength } = settings.names;
    const yours = taken(name) !== undefined;
    if (!/^[a-z0-9-]+$/.test(name) || name.length < minLength || name.length > maxLength) {
      const error = `use ${minLength} to ${maxLength} letters, digits or hyphens`;
      return context.json({ available: false, valid: false, error, yours: false });
    }
    if (name === "admin") {
      const error = "admin is reserved";
      return context.json({ available: false, valid: false, error, yours: false });
    }
    if (name === "alice") {
      const error = "alice is taken";
      return context.json({ available: false, valid: true, error, yours: false });
    }
    return context.json({ available: !yours, valid: true, yours });
  });
  routes.post("/deploy", async (context) => {
    const { name } = await context.req.json<{ readonly name: string }>();
    if (name === "alice") return problem(409, "alice is taken");
    const known = taken(name);
    const state = known === undefined ? begin(name) : states.get(known)!;
    const { id, url = null } = state;
    return context.json({ deploymentId: id, url, statusEndpoint: `/api/status/${id}` }, 202);
  });
  routes.get("/status/:id", (context) => {
    const id = context.req.param("id");
    const state = states.get(id);
    if (state === undefined) return problem(404, `there is no deployment ${id}`);
    if ((context.req.header("Accept") ?? "").includes("json")) return context.json(state);
    return channelOf(id).open([["progress", state]]);
  });

  return {
    routes,
    ids: () => [...states.keys()],
    state: (id) => states.get(id) ?? null,
    advance(id) {
      const state = states.get(id)!;
      const at = state.steps.findIndex((step) => step.state === "active");
      const steps = state.steps.map((step, index): Step => {
        if (index === at) return { ...step, state: "done", endedAt: now() };
        return index === at + 1 ? { ...step, state: "active", startedAt: now() } : step;
      });
      const active = steps[at + 1];
      const isOver = active === undefined;
      tell({
        ...state,
        steps,
        status: isOver ? "completed" : "deploying",
        progress: isOver ? 100 : Math.round(((at + 1.3) / steps.length) * 100),
        currentStep: active?.title ?? "Ready",
        endedAt: isOver ? now() : null,
      });
    },
    fail(id, error, log) {
      const state = states.get(id)!;
      tell({
        ...state,
        status: "failed",
        error,
        log: [...log],
        steps: state.steps.map((step) =>
          step.state === "active" ? { ...step, state: "failed", endedAt: now() } : step,
        ),
        endedAt: now(),
      });
    },
    own: () =>
      [...states.values()].map(({ id, name, url = null, status, endedAt }) => ({
        name,
        url,
        state: status === "completed" ? "ready" : status === "failed" ? "failing" : "rolling-out",
        stateText:
          status === "completed" ? "Ready" : status === "failed" ? "Failing" : "Rolling out",
        deploymentId: endedAt === null ? id : null,
        removable: true,
      })),
    forget: (id) => void states.delete(id),
    cut() {
      for (const channel of channels.values()) channel.cut();
    },
  };
}
