// What a manifest says of every service that runs from an image.
import { aliasOf } from "../../manifest/names.ts";
import type { Healthcheck, WorkloadSpec } from "../../model/specs.ts";
import { mountBody, volumeBackupsBody } from "./children.ts";
import { say, sayAll, sayList } from "./kind.ts";
import type { Said } from "./kind.ts";
import { amountsOf, durationOf } from "./words.ts";

/** A command for a shell is one text. */
function testOf({ test }: Healthcheck): unknown {
  const [first, command, ...rest] = test;
  return first === "CMD-SHELL" && command !== undefined && rest.length === 0 ? command : test;
}

export const workloadSaid: Said<WorkloadSpec> = {
  image: ({ image }) => say("image", image, ""),
  command: ({ command }) => say("command", command),
  args: ({ args }) => sayList("args", args),
  replicas: ({ replicas }) => say("replicas", replicas, 1),
  resources: ({ resources: { limits, reservations } }) =>
    sayAll("resources", {
      ...sayAll("limits", amountsOf(limits)),
      ...sayAll("reservations", amountsOf(reservations)),
    }),
  aliases({ aliases }, { stack, environment, service }) {
    const own = aliasOf(stack, environment, service);
    return sayList(
      "aliases",
      aliases.filter((alias) => alias !== own),
    );
  },
  env: ({ env }) => sayAll("env", env),
  healthcheck: ({ healthcheck }) =>
    healthcheck === null
      ? {}
      : {
          healthcheck: {
            test: testOf(healthcheck),
            ...say("interval", durationOf(healthcheck.intervalNs)),
            ...say("timeout", durationOf(healthcheck.timeoutNs)),
            ...say("startPeriod", durationOf(healthcheck.startPeriodNs)),
            ...say("retries", healthcheck.retries),
          },
        },
  // There it is something to say nothing.
  restart: ({ restart }) =>
    restart === null
      ? {}
      : {
          restart: {
            condition: restart.condition,
            ...say("delay", durationOf(restart.delayNs)),
            ...say("maxAttempts", restart.maxAttempts),
            ...say("window", durationOf(restart.windowNs)),
          },
        },
  placement: ({ placement }) =>
    sayAll("placement", {
      ...sayList("constraints", placement?.constraints ?? []),
      ...sayList(
        "preferences",
        (placement?.spread ?? []).map((spread) => ({ spread })),
      ),
      ...say("maxReplicasPerNode", placement?.maxReplicasPerNode),
    }),
  stopGracePeriodNs: ({ stopGracePeriodNs }) =>
    say("stopGracePeriod", durationOf(stopGracePeriodNs)),
  mounts: ({ mounts }) => sayList("mounts", mounts.map(mountBody)),
  volumeBackups: (spec) => sayAll("volumeBackups", volumeBackupsBody(spec)),
};
