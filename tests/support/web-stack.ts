// The stack that most tables of tests change a little: `shop` with the one service `web`.
import { buildStack } from "./build-stack.ts";
import type { DesiredStack } from "../../src/model/desired.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";

/** What the canonical example of most tables is made from. */
export const plainSpec: ApplicationSpec = {
  image: "nginx:1",
  git: null,
  build: null,
  registry: null,
  command: null,
  args: [],
  replicas: 1,
  resources: {
    limits: { nanoCpus: null, memoryBytes: null },
    reservations: { nanoCpus: null, memoryBytes: null },
  },
  aliases: ["shop-web"],
  env: { MODE: "live" },
  healthcheck: null,
  restart: null,
  update: null,
  rollback: null,
  ulimits: {},
  endpointMode: "vip",
  stopGracePeriodNs: null,
  placement: null,
  mounts: [{ type: "volume", volume: "shop-data", target: "/data" }],
  ports: [{ published: 2222, target: 22, protocol: "tcp", mode: "ingress" }],
  domains: [],
  redirects: [],
  basicAuth: [],
  schedules: [],
  volumeBackups: [],
};

/** One service `web` in production, changed as told. */
export function webStack(
  spec: Partial<ApplicationSpec> = {},
  more: Partial<DesiredStack> & { ignore?: readonly string[]; text?: string } = {},
): DesiredStack {
  const { ignore = [], text: description = "", variables = {}, ...rest } = more;
  return buildStack({
    name: rest.name ?? "shop",
    variables,
    services: [
      {
        environment: "production",
        name: "web",
        spec: { ...plainSpec, ...spec },
        ignore,
        description,
      },
    ],
    more: rest,
  });
}
