// The hosts for which labels of a container have Traefik send requests to it.
import { isMap } from "../../model/compose-file.ts";
import type { Plain } from "../../model/compose-file.ts";
import { listOf, textOf } from "../../model/compose-reach.ts";

export interface TraefikHost {
  /** Null: it cannot be told, and may be every one. */
  readonly host: string | null;
  /** Of the label: its name, or its place in a list. */
  readonly key: string | number;
}

interface Label {
  readonly name: string;
  readonly value: string;
  readonly key: string | number;
}

function labelsOf(labels: Plain | undefined): readonly Label[] {
  if (isMap(labels)) {
    return Object.entries(labels).map(([key, value]) => ({
      ...{ name: key, value: textOf(value) ?? "", key },
    }));
  }
  return listOf(labels).map((entry, key) => {
    const text = textOf(entry) ?? "";
    const at = text.indexOf("=");
    return at === -1
      ? { name: text, value: "", key }
      : { name: text.slice(0, at), value: text.slice(at + 1), key };
  });
}

const router = /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/;
const udpRouters = "traefik.udp.routers.";
const quoted = "[`\"']([^`\"']*)[`\"']";
const oneHost = new RegExp(
  `^\\s*host(?:sni)?\\s*\\(\\s*${quoted}(?:\\s*,\\s*${quoted})*\\s*\\)\\s*$`,
  "i",
);

/** The hosts of a rule; null where some of its requests may have any host. */
function hostsOfRule(rule: string): readonly string[] | null {
  const hosts: string[] = [];
  // Each way to fulfil the rule must name its hosts.
  for (const way of rule.split("||")) {
    const parts = way.split("&&").map((part) => part.replace(/^[\s(]*(?=host)/i, "").trim());
    const named = parts.filter((part) => oneHost.test(withoutEnd(part)));
    if (named.length === 0 || way.includes("!")) return null;
    for (const part of named) {
      for (const [, host = ""] of part.matchAll(new RegExp(quoted, "g"))) hosts.push(host);
    }
  }
  return hosts;
}

/** Without brackets that were opened before it. */
function withoutEnd(part: string): string {
  const opened = part.split("(").length;
  let closed = part.split(")").length;
  let text = part.trim();
  while (closed > opened && text.endsWith(")")) {
    text = text.slice(0, -1).trim();
    closed -= 1;
  }
  return text;
}

export function traefikHosts(labels: Plain | undefined): readonly TraefikHost[] {
  return labelsOf(labels).flatMap(({ name, value, key }): readonly TraefikHost[] => {
    // Traefik takes names in any case.
    const lower = name.trim().toLowerCase();
    if (lower.startsWith(udpRouters)) return [{ host: null, key }];
    if (!router.test(lower)) return [];
    const hosts = hostsOfRule(value);
    return hosts === null ? [{ host: null, key }] : hosts.map((host) => ({ host, key }));
  });
}
