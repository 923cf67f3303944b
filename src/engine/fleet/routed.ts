// What is asked of one stack goes to its engine.
import type { Engine } from "../engine.ts";
import type { Members } from "./members.ts";

export function createRouted(members: Members) {
  const find: Members["find"] = (name) => members.find(name);
  const get: Members["get"] = (name) => members.get(name);
  return {
    reconcile(name, by) {
      const { engine, stack } = get(name);
      engine.reconcile(stack, by);
    },
    isBusy: (name) => {
      const found = find(name);
      return found?.engine.isBusy(found.stack) ?? false;
    },
    redeploy(name, service, by) {
      const { engine, stack } = get(name);
      return engine.redeploy(stack, service, by);
    },
    suspend(name, by) {
      const { engine, stack } = get(name);
      engine.suspend(stack, by);
    },
    resume(name, by) {
      const { engine, stack } = get(name);
      return engine.resume(stack, by);
    },
    suspension(name) {
      const found = find(name);
      const suspension = found?.engine.suspension(found.stack) ?? null;
      return suspension === null ? null : { ...suspension, stack: name };
    },
    logs(name, service, lines) {
      const { engine, stack } = get(name);
      return engine.logs(stack, service, lines);
    },
    containers(name) {
      const { engine, stack } = get(name);
      return engine.containers(stack);
    },
    jobs(name) {
      const { engine, stack } = get(name);
      return engine.jobs(stack);
    },
    services(name) {
      const { engine, stack } = get(name);
      return engine.services(stack);
    },
    deploys(name) {
      const { engine, stack } = get(name);
      return engine.deploys(stack);
    },
    tree(name) {
      const found = find(name);
      return found?.engine.tree(found.stack) ?? null;
    },
    changedIn(name) {
      const found = find(name);
      return found?.engine.changedIn(found.stack) ?? null;
    },
    healthyAt(name) {
      const found = find(name);
      return found?.engine.healthyAt(found.stack) ?? null;
    },
    timelines(name) {
      const found = find(name);
      return found?.engine.timelines(found.stack) ?? [];
    },
    leftVolumes(name) {
      const found = find(name);
      return found?.engine.leftVolumes(found.stack) ?? [];
    },
    trigger(name, reason) {
      const found = find(name);
      found?.engine.trigger(found.stack, reason);
    },
  } satisfies Partial<Engine>;
}
