// What `doctor/outlets.ts` asks of the places that this environment sends things to.
import { connect } from "node:net";
import type { Config } from "./config.ts";
import type { Outlet } from "./doctor/outlets.ts";
import { CapstanError } from "./lib/errors.ts";
import type { HttpClient } from "./lib/http.ts";
import { probeLoki } from "./loki/probe.ts";
import type { Way } from "./notify/target.ts";

const timeoutMs = 10_000;
const maxBytes = 64 * 1024;

export function lokiOf({ logs }: Config, http: HttpClient): Outlet | null {
  const { loki } = logs;
  return loki === null ? null : { title: loki.url, ask: () => probeLoki(loki, http) };
}

/** An export of nothing, which every collector takes. */
export function collectorOf({ telemetry }: Config, http: HttpClient): Outlet | null {
  const { traces } = telemetry;
  if (traces === null) return null;
  const { endpoint, headers } = traces;
  return {
    title: endpoint,
    async ask() {
      const { status } = await http.send({
        method: "POST",
        url: `${endpoint}/v1/traces`,
        headers: { ...headers, "content-type": "application/json" },
        body: '{"resourceSpans":[]}',
        timeoutMs,
        maxBytes,
        cut: true,
      });
      if (status >= 200 && status < 300) return;
      const hint =
        status === 401 || status === 403
          ? "check OTEL_EXPORTER_OTLP_HEADERS"
          : "OTEL_EXPORTER_OTLP_ENDPOINT is the address below which /v1/traces is, for OTLP over HTTP";
      throw new CapstanError("unavailable", `${endpoint} answers ${status}`, { hint });
    },
  };
}

function hostOf(way: Way): { readonly host: string; readonly port: number } {
  if (way.type === "mail") return { host: way.host, port: way.port };
  const { hostname, port, protocol } = new URL(way.url);
  const usual = protocol === "https:" ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) };
}

/** Resolves when something listens there. */
function reach({ host, port }: ReturnType<typeof hostOf>): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      socket.destroy();
      reject(new CapstanError("unavailable", `${host}:${port} cannot be reached: ${why}`));
    };
    const socket = connect({ host, port, timeout: timeoutMs }, () => {
      socket.destroy();
      resolve();
    });
    socket.on("timeout", () => {
      failed("no answer");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      failed(error.code ?? error.message);
    });
  });
}

export function targetsOf({ notify }: Config): readonly Outlet[] {
  return notify.targets.map(({ title, way }) => ({ title, ask: () => reach(hostOf(way)) }));
}
