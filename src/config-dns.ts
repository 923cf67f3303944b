// The DNS provider of the environment: Hetzner by its token, or a name server that takes updates by its address.
import { z } from "zod";
import { httpUrl, intervalOrOff, oneWord } from "./config-values.ts";
import { tsigAlgorithms } from "./model/dns.ts";
import type { TsigAlgorithm } from "./model/dns.ts";

export interface HetznerConfig {
  readonly kind: "hetzner";
  /** Of the API, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** The zone's number or name; null: STACK_DOMAIN_SUFFIX finds it. */
  readonly zoneId: string | null;
}

export interface Rfc2136Config {
  readonly kind: "rfc2136";
  readonly host: string;
  readonly port: number;
  /** Null: the server is asked for the zone of STACK_DOMAIN_SUFFIX. */
  readonly zone: string | null;
  readonly keyName: string;
  /** Base64. */
  readonly keySecret: string;
  readonly keyAlgorithm: TsigAlgorithm;
}

export interface DnsSettings {
  /** Null without HETZNER_API_TOKEN and without RFC2136_SERVER. */
  readonly dns: DnsConfig | null;
  /** Records of all hosts in the zone are kept, unless a manifest says otherwise. */
  readonly dnsManaged: boolean;
  /** How often hosts are asked as visitors do; null: never. */
  readonly hostChecks: { readonly intervalMs: number } | null;
}

export type DnsConfig = HetznerConfig | Rfc2136Config;

const domain = z
  .string()
  .transform((value) => value.toLowerCase().replace(/\.$/, ""))
  .pipe(
    z
      .string()
      .regex(
        /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*$/,
        {
          error: "must be a domain such as example.com",
        },
      ),
  );

const usualPort = 53;
const shortestCheckMs = 30_000;
const usualCheckMs = 5 * 60_000;

const server = z.string().transform((value, context) => {
  const match =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/.exec(value) ??
    /^([0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/.exec(value);
  const port = Number(match?.[3] ?? usualPort);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  context.addIssue({
    code: "custom",
    message: "must be an address such as ns1.example.com, with :port where it is not 53",
  });
  return z.NEVER;
});

/** Rows of the table of variables. */
export const dnsVariables = {
  DNS_MANAGED: z
    .enum(["true", "false"], { error: "must be true or false" })
    .default("false")
    .transform((value) => value === "true"),
  HOST_CHECK_INTERVAL: intervalOrOff(shortestCheckMs, "30s").default(usualCheckMs),
  HETZNER_API_TOKEN: oneWord.optional(),
  HETZNER_ZONE_ID: z
    .union([z.string().regex(/^\d{1,19}$/), domain.refine((name) => name.includes("."))], {
      error:
        "must be the zone's number in Hetzner Console, or its name; ids of the old DNS Console do not work",
    })
    .optional(),
  HETZNER_API_URL: httpUrl(
    "https://api.hetzner.cloud/v1",
    "the token belongs in HETZNER_API_TOKEN",
  ).default("https://api.hetzner.cloud/v1"),
  RFC2136_SERVER: server.optional(),
  RFC2136_ZONE: domain.optional(),
  RFC2136_KEY_NAME: domain.optional(),
  RFC2136_KEY_SECRET: z
    .string()
    .refine((value) => Buffer.from(value, "base64").toString("base64") === value, {
      error: "must be Base64, as tsig-keygen or keymgr prints it; copy it again",
    })
    .optional(),
  RFC2136_KEY_ALGORITHM: z
    .enum(tsigAlgorithms, { error: `must be one of ${tsigAlgorithms.join(", ")}` })
    .default("hmac-sha256"),
};

/** As they stand in the environment, each valid by itself. */
export type DnsVariables = Partial<z.output<z.ZodObject<typeof dnsVariables>>>;

/** What DNS_MANAGED=true needs beside itself, one line for each thing that is missing. */
function managedProblems(
  { DNS_MANAGED: managed }: DnsVariables,
  has: { readonly provider: boolean; readonly traefik: string | null },
): readonly string[] {
  if (managed !== true) return [];
  const isAddress = has.traefik !== null && /^(?:[\d.]+|\[[^\]]*\])(?::\d+)?$/.test(has.traefik);
  return [
    ...(has.provider
      ? []
      : ["HETZNER_API_TOKEN or RFC2136_SERVER is missing beside DNS_MANAGED; set one of them"]),
    ...(isAddress
      ? []
      : [
          "TRAEFIK_IP must be an IP address beside DNS_MANAGED: the records of all stacks point to it",
        ]),
  ];
}

/** What stands there when some of it is wrong: enough to name what is missing beside it. */
export function rawDns(raw: Readonly<Record<string, string>>): DnsVariables {
  const { RFC2136_SERVER: named } = raw;
  const shaped = ["RFC2136_SERVER", "RFC2136_KEY_ALGORITHM", "DNS_MANAGED", "HOST_CHECK_INTERVAL"];
  return {
    ...Object.fromEntries(Object.entries(raw).filter(([name]) => !shaped.includes(name))),
    ...(named === undefined ? {} : { RFC2136_SERVER: { host: named, port: usualPort } }),
    DNS_MANAGED: raw.DNS_MANAGED === "true",
  };
}

/**
 * The configuration, null without a provider, or one line for each thing that is missing or too much; `traefik` is
 * TRAEFIK_IP as it stands there.
 */
export function dnsConfig(
  variables: DnsVariables,
  traefik: string | undefined,
): DnsSettings | { readonly problems: readonly string[] } {
  const provider = providerConfig(variables);
  if ("problems" in provider) return provider;
  const problems = managedProblems(variables, {
    provider: provider.dns !== null,
    traefik: traefik ?? null,
  });
  if (problems.length > 0) return { problems };
  const { DNS_MANAGED: isManaged, HOST_CHECK_INTERVAL: every = usualCheckMs } = variables;
  const hostChecks = every === "off" ? null : { intervalMs: every };
  return { dns: provider.dns, dnsManaged: isManaged === true, hostChecks };
}

function providerConfig(
  variables: DnsVariables,
): { readonly dns: DnsConfig | null } | { readonly problems: readonly string[] } {
  const { HETZNER_API_TOKEN: token, RFC2136_SERVER: named } = variables;
  if (token !== undefined && named !== undefined) {
    return {
      problems: [
        "RFC2136_SERVER and HETZNER_API_TOKEN are both set; remove the one you do not use",
      ],
    };
  }
  if (token !== undefined) {
    const { HETZNER_API_URL: url, HETZNER_ZONE_ID: zoneId = null } = variables;
    return { dns: { kind: "hetzner", url: url ?? "", token, zoneId } };
  }
  if (named !== undefined) {
    const { RFC2136_KEY_NAME: keyName, RFC2136_KEY_SECRET: keySecret } = variables;
    const problems = (["RFC2136_KEY_NAME", "RFC2136_KEY_SECRET"] as const)
      .filter((name) => variables[name] === undefined)
      .map(
        (name) =>
          `${name} is missing; make a key that may update the zone (tsig-keygen) and set it`,
      );
    if (keyName === undefined || keySecret === undefined) return { problems };
    const { RFC2136_ZONE: zone = null, RFC2136_KEY_ALGORITHM: keyAlgorithm = "hmac-sha256" } =
      variables;
    return { dns: { kind: "rfc2136", ...named, zone, keyName, keySecret, keyAlgorithm } };
  }
  if (variables.HETZNER_ZONE_ID !== undefined) {
    return { problems: ["HETZNER_API_TOKEN is missing beside HETZNER_ZONE_ID; set it"] };
  }
  const alone = (["RFC2136_ZONE", "RFC2136_KEY_NAME", "RFC2136_KEY_SECRET"] as const).find(
    (name) => variables[name] !== undefined,
  );
  return alone === undefined
    ? { dns: null }
    : { problems: [`RFC2136_SERVER is missing beside ${alone}; set it to the zone's primary`] };
}
