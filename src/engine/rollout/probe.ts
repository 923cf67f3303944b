// The optional HTTP probe of a rollout: asks the service through its first domain, or through
// Traefik's address with the domain as Host header, as people will.
import { domainsOf } from "../../model/children.ts";
import { describeError } from "../../lib/errors.ts";
import type { HttpClient } from "../../lib/http.ts";
import type { DesiredService } from "../../model/desired.ts";

/** Null when it answered as wanted or nothing is to be asked; otherwise why not. */
export type Probe = (desired: DesiredService) => Promise<string | null>;

const timeoutMs = 10_000;
const maxBytes = 64 * 1024;

export function createProbe(http: HttpClient, traefikAddress: string | null): Probe {
  return async (desired) => {
    const wanted = desired.rollout.http;
    const domain = domainsOf(desired)[0];
    if (wanted === null || domain === undefined) return null;
    const scheme = domain.https ? "https" : "http";
    // Another server has a Traefik of its own.
    const isHere = desired.server === undefined;
    const viaTraefik = traefikAddress !== null && isHere && !domain.https;
    const origin = viaTraefik ? `http://${traefikAddress}` : `${scheme}://${domain.host}`;
    const prefix = domain.path === "/" ? "" : domain.path.replace(/\/$/, "");
    try {
      const answer = await http.send({
        method: "GET",
        url: `${origin}${prefix}${wanted.path}`,
        headers: viaTraefik ? { host: domain.host } : {},
        timeoutMs,
        maxBytes,
        cut: true,
      });
      if (answer.status === wanted.status) return null;
      return `the probe of ${domain.host}${prefix}${wanted.path} answered ${answer.status}, not ${wanted.status}`;
    } catch (error) {
      return `the probe of ${domain.host} failed: ${describeError(error)}`;
    }
  };
}
