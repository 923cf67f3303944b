// What a manifest says of an application.
import { applicationSchema } from "../../model/manifest-application.ts";
import type { ApplicationSpec, UpdatePolicy } from "../../model/specs.ts";
import { domainBody, portBody, redirectBody, schedulesBody } from "./children.ts";
import { buildBody, gitBody } from "./git.ts";
import { say, sayAll, sayList } from "./kind.ts";
import type { Body, ExportKind } from "./kind.ts";
import { durationOf } from "./words.ts";
import { workloadSaid } from "./workload.ts";

/** `failureAction`: Dokploy's default. */
function policyBody(policy: UpdatePolicy | null, failureAction: string): Body {
  if (policy === null) return {};
  return {
    ...say("parallelism", policy.parallelism, 1),
    ...say("delay", durationOf(policy.delayNs)),
    ...say("failureAction", policy.failureAction, failureAction),
    ...say("monitor", durationOf(policy.monitorNs)),
    ...say("maxFailureRatio", policy.maxFailureRatio),
    ...say("order", policy.order, "start-first"),
  };
}

/** `1024:65535` as people write it. */
function limitOf(text: string): unknown {
  const [soft = "", hard = ""] = text.split(":");
  return soft === hard ? Number(soft) : { soft: Number(soft), hard: Number(hard) };
}

export const application: ExportKind<ApplicationSpec> = {
  section: "applications",
  order: Object.keys(applicationSchema.shape),
  head: {},
  said: {
    ...workloadSaid,
    git: ({ git }) => gitBody(git, "/"),
    build: ({ build }) => buildBody(build),
    registry: ({ registry }) =>
      registry === null
        ? {}
        : {
            registry: {
              ...say("url", registry.url, ""),
              username: registry.username,
              password: registry.password,
            },
          },
    update: ({ update }) => sayAll("update", policyBody(update, "rollback")),
    rollback: ({ rollback }) => sayAll("rollback", policyBody(rollback, "pause")),
    ulimits: ({ ulimits }) =>
      sayAll(
        "ulimits",
        Object.fromEntries(Object.entries(ulimits).map(([name, text]) => [name, limitOf(text)])),
      ),
    endpointMode: ({ endpointMode }) => say("endpointMode", endpointMode, "vip"),
    ports: ({ ports }) => sayList("ports", ports.map(portBody)),
    domains: ({ domains }) => sayList("domains", domains.map(domainBody)),
    redirects: ({ redirects }) => sayList("redirects", redirects.map(redirectBody)),
    basicAuth: ({ basicAuth }) =>
      sayList(
        "basicAuth",
        basicAuth.map(({ username, password }) => ({ username, password })),
      ),
    schedules: ({ schedules }) => sayAll("schedules", schedulesBody(schedules)),
  },
};
