// Who may read metrics and where traces go, as the environment says.
import { z } from "zod";
import { httpUrl, oneWord } from "./config-values.ts";

export interface TracesConfig {
  /** The collector's address, without `/v1/traces` and without a slash at its end. */
  readonly endpoint: string;
  /** Sent with each request; their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

export interface TelemetryConfig {
  /** Null: whoever reaches the server without a proxy may read the metrics. */
  readonly metricsToken: string | null;
  /** Null: there are no traces. */
  readonly traces: TracesConfig | null;
}

/** `name=value,name=value` with values percent-encoded, as OpenTelemetry writes it. */
const headers = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(\S.*)$/.exec(part) ?? [];
    try {
      if (name === undefined || value === undefined) throw new Error("no header");
      found[name.toLowerCase()] = decodeURIComponent(value);
    } catch {
      context.addIssue({
        code: "custom",
        message: "must be headers such as authorization=Bearer%20abc, separated by commas",
      });
      return z.NEVER;
    }
  }
  return found;
});

/** Rows of the table of variables. */
export const telemetryVariables = {
  METRICS_TOKEN: oneWord
    .min(16, { error: "must be 16 characters or more; `openssl rand -hex 32` makes one" })
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl(
    "http://otel-collector:4318",
    "keys belong in OTEL_EXPORTER_OTLP_HEADERS",
  )
    .transform((url) => url.replace(/\/v1\/traces$/, ""))
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.default({}),
  OTEL_SERVICE_NAME: z
    .string()
    .max(100, { error: "must be 100 characters at most" })
    .default("capstan"),
};

export type TelemetryVariables = z.output<z.ZodObject<typeof telemetryVariables>>;

export function telemetryConfig(value: TelemetryVariables): TelemetryConfig {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = value;
  return {
    metricsToken: value.METRICS_TOKEN ?? null,
    traces:
      endpoint === undefined
        ? null
        : {
            endpoint,
            headers: value.OTEL_EXPORTER_OTLP_HEADERS,
            serviceName: value.OTEL_SERVICE_NAME,
          },
  };
}
