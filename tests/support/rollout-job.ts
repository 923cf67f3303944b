// A stack with a database, an application and a job before its rollouts, on the simulator, and what is to be seen of it.
import { expect } from "vitest";
import { createFastScenario } from "./fast-scenario.ts";
import type { Scenario } from "./scenario.ts";

const rollout = "stableFor: 0s, timeout: 20s";

export interface Shop {
  readonly image?: string;
  /** YAML after `command:`; null: no job. */
  readonly command?: string | null;
  /** More of `before`. */
  readonly before?: string;
  /** More of `rollout`. */
  readonly more?: string;
  readonly name?: string;
}

export function shop({
  image = "ghcr.io/acme/web:1",
  command = '"echo migrated 3 tables"',
  before = "",
  more = "",
  name = "shop",
}: Shop = {}): string {
  const asked = command === null ? "" : `, before: { command: ${command}${before} }`;
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec:
  databases:
    db: { type: postgres, image: "postgres:17", database: shop, user: shop, password: $(secrets.shop-db), rollout: { ${rollout} } }
  applications:
    web:
      image: "${image}"
      env: { URL: $(services.db.url) }
      mounts: [ { type: volume, source: media, target: /media } ]
      domains: [ { host: shop.example.com, port: 8080 } ]
      rollout: { ${rollout}${asked}${more} }
`;
}

/** How the job is named in Dokploy. */
export const job = "job before web";

export async function createJobScenario() {
  const secrets = { "shop-db": "canary-word", token: "canary-token" };
  const scenario: Scenario = await createFastScenario({ secrets });
  const { simulator } = scenario;
  const { state, log } = simulator;
  const named = (name: string) => [...state.applications.values()].find((one) => one.name === name);
  const swarmOf = (name: string) => state.swarmServices.get(named(name)?.appName ?? "");
  return {
    ...scenario,
    named,
    outcome: () => scenario.engine().stacks()[0]?.outcome,
    messages: () =>
      scenario
        .engine()
        .events()
        .map(({ message }) => message),
    /** Names of what was deployed, in order. */
    deployed: (): readonly string[] =>
      log.entries.flatMap(({ procedures, body }) =>
        procedures.flatMap((procedure) => {
          if (procedure === "postgres.deploy") return ["db"];
          if (procedure !== "application.deploy") return [];
          const { applicationId } = body as { applicationId: string };
          return [state.applications.get(applicationId)?.name ?? "?"];
        }),
      ),
    /** How many containers the job ever had: each ran its command. */
    runs: () => swarmOf(job)?.tasksMade ?? 0,
    replicas: (name: string) => swarmOf(name)?.spec.Mode.Replicated.Replicas,
    runsImage: (name: string) => swarmOf(name)?.spec.TaskTemplate.ContainerSpec.Image,
    /** Whether an attempt of the job was seen running. */
    isRunning: (attempt: number): boolean =>
      scenario
        .engine()
        .events()
        .some(
          ({ message, rollout: data }) =>
            message === "job/web: its command is running" && data?.attempt === attempt,
        ),
    /** The requests that write something of the application, or of what is in it. */
    ofWeb: (): readonly string[] => {
      const id = named("web")?.applicationId ?? "";
      return log.entries
        .filter(({ body }) => JSON.stringify(body ?? null).includes(id))
        .flatMap(({ procedures }) => procedures)
        .filter((procedure) => /\.(?:create|update|delete|deploy|remove)$/.test(procedure));
    },
    async ready(manifest = shop()): Promise<void> {
      await scenario.push({ "shop.yaml": manifest });
      expect((await scenario.apply()).ok).toBe(true);
      log.clear();
    },
    /** A pass changes nothing. */
    async isSettled(): Promise<void> {
      scenario.writes();
      await scenario.apply();
      expect(scenario.writes()).toEqual([]);
    },
  };
}

export type JobScenario = Awaited<ReturnType<typeof createJobScenario>>;
