// Tells programs and pages of this machine from what only arrives on loopback: what a proxy passes on, what a
// page of another site sends, and a host name that was pointed here (DNS rebinding).
import type { Person } from "../../model/person.ts";

/** Who works on the machine itself, where nobody needs a token. */
export const localOperator: Person = {
  id: "local",
  name: "a local operator",
  email: null,
  role: "operator",
};

/** 127.0.0.0/8 and ::1, also as an IPv4 address inside IPv6. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(address);
}

/** Of a Host header, with or without its port. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || isLoopbackAddress(name);
}

/** What proxies add, each its own choice of them. */
function isOfProxy(name: string): boolean {
  return name.startsWith("x-forwarded-") || ["forwarded", "x-real-ip", "via"].includes(name);
}

export function isPassedOn({ headers }: Request): boolean {
  return [...headers.keys()].some(isOfProxy);
}

/** Somebody followed a link in a browser: the page that has the link learns nothing of the answer. */
function isFollowedLink({ method, headers }: Request): boolean {
  return (
    method === "GET" &&
    headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document"
  );
}

/** Why a request that arrived on loopback is not from this machine; null when it is. */
export function comesFromElsewhere(request: Request): string | null {
  const { headers } = request;
  const host = headers.get("host") ?? "";
  if (!isLoopbackHost(host)) return "it asks for another host than this machine";
  if (isPassedOn(request)) return "a proxy passed it on";
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isPage = origin !== null && origin !== `http://${host}`;
  const isOther = site !== null && site !== "same-origin" && site !== "none";
  return isPage || (isOther && !isFollowedLink(request)) ? "a page of another site sent it" : null;
}
