// What is made of what was seen of a host: pure.
import type { DnsCheck, Zone } from "../../model/dns.ts";
import type { HostFinding } from "../../model/host-check.ts";
import type { HostAnswer, ShownCertificate } from "../../ports-hosts.ts";
import type { HostTarget } from "./host-targets.ts";

const dayMs = 24 * 3_600_000;
/** Traefik renews 30 days before the end: by then it has failed for two weeks. */
const renewalMs = 14 * dayMs;

const say = (status: HostFinding["status"], reason: string, message: string): HostFinding => ({
  status,
  reason,
  message,
});

export const notChecked = (host: string): HostFinding =>
  say("Unknown", "NotChecked", `${host} is not checked yet`);

export const notAsked = (host: string, why: string): HostFinding => ({
  ...say("Unknown", "NotAsked", `${host} is not asked: ${why}`),
  isNotAsked: true,
});

const withNext = ({ what, next }: DnsCheck): string => (next === null ? what : `${what}; ${next}`);

/** Warnings about other addresses are said and change nothing: the host leads here. */
export function resolution(check: DnsCheck, zone: Zone): HostFinding {
  const { status, answers, expected } = check;
  const heard = answers.flatMap(({ values }) => (values === null ? [] : [values]));
  if (status === "pass") return say("True", "Resolves", check.what);
  if (status === "fail") {
    const isNowhere = heard.every((values) => values.length === 0);
    return say("False", isNowhere ? "NoAddress" : "WrongAddress", withNext(check));
  }
  if (heard.length === 0) return say("Unknown", "NameServersSilent", withNext(check));
  if (expected.length === 0) return say("Unknown", "NoTarget", withNext(check));
  const isEverywhere = heard.every((values) => values.some((value) => expected.includes(value)));
  if (!isEverywhere) return say("False", "NotEverywhere", withNext(check));
  if (zone.delegated === false) return say("False", "NotDelegated", withNext(check));
  return say("True", "Resolves", withNext(check));
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function namesText({ names }: ShownCertificate): string {
  return names.length === 0 ? "no name" : names.join(", ");
}

export function plainHttp(host: string): HostFinding {
  return say("True", "PlainHttp", `${host} is served over HTTP and needs no certificate`);
}

export function noAnswer(message: string): HostFinding {
  return say("False", "NoAnswer", message);
}

export function certificate(host: string, shown: ShownCertificate, nowMs: number): HostFinding {
  const { endsAtMs, distrust } = shown;
  const leftMs = endsAtMs - nowMs;
  const look = "see the log of Traefik for why it was not renewed";
  if (leftMs <= 0) {
    return say("False", "Expired", `the certificate of ${host} ended on ${day(endsAtMs)}; ${look}`);
  }
  if (distrust === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const message = `the certificate shown for ${host} is for ${namesText(shown)}; Traefik has none for it yet`;
    return say("False", "WrongName", message);
  }
  if (distrust !== null) {
    const message = `the certificate of ${host} is not trusted (${distrust}); it is for ${namesText(shown)}`;
    return say("False", "NotTrusted", message);
  }
  if (leftMs < renewalMs) {
    const days = Math.floor(leftMs / dayMs);
    const when = days === 0 ? "today" : `in ${days} ${days === 1 ? "day" : "days"}`;
    const message = `the certificate of ${host} ends on ${day(endsAtMs)}, ${when}; ${look}`;
    return say("False", "EndsSoon", message);
  }
  return say("True", "Valid", `${host} has a certificate until ${day(endsAtMs)}`);
}

/** Asked through Traefik: any answer of an application will do, unless the manifest names one. */
export function answer(
  { host, path, expected }: HostTarget,
  { status, isNoRoute }: HostAnswer,
): HostFinding {
  const asked = `${host}${path === "/" ? "" : path}`;
  if (expected !== null) {
    return status === expected
      ? say("True", "Answers", `${asked} answered ${status}`)
      : say("False", "UnexpectedStatus", `${asked} answered ${status}, not ${expected}`);
  }
  if (status >= 500) {
    const message = `${asked} answered ${status}: Traefik does not reach the application, or it fails`;
    return say("False", "ServerError", message);
  }
  if (isNoRoute) {
    const message = `${asked} answered 404 as Traefik does without a route; if it is the application's own answer, name another path in rollout.http`;
    return say("False", "NoRoute", message);
  }
  return say("True", "Answers", `${asked} answered ${status}`);
}
