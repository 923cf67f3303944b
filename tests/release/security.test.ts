// SECURITY.md names what each credential allows: all of them, and a new one is decided on here.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { variableNames } from "../../src/config.ts";

const text = readFileSync("SECURITY.md", "utf8");
const section = /\n## What each credential allows\n([\s\S]*?)\n## /.exec(text)?.[1] ?? "";
const rows = section.split("\n").filter((line) => /^\| .*`/.test(line));
/** The names in the first column of the table. */
const credentials = new Set(
  rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = ""]) => name),
  ),
);

/** Whoever knows their values can do nothing with them that others cannot. */
const harmless: ReadonlySet<string> = new Set(
  `DOKPLOY_URL DOKPLOY_ACCEPT_VERSION DOKPLOY_NAME GIT_BRANCH GIT_USERNAME GIT_KNOWN_HOSTS_FILE STACKS_PATH POLICIES_PATH POLICY_FILE
   FORGE FORGE_URL FORGE_REPOSITORY POLL_SCHEDULE RESYNC_INTERVAL DEEP_CHECK_INTERVAL FOLLOW_INTERVAL WORKERS
   PREVIEW_LIMIT LEASE_TTL PORT HOST PUBLIC_URL PORTAL_AUTH OIDC_ISSUER OIDC_CLIENT_ID OIDC_SCOPES OIDC_ROLES_CLAIM
   OIDC_OPERATORS OIDC_DEFAULT_ROLE SESSION_TTL TRUSTED_PROXIES CORS_ORIGINS CAPSTAN_URL PORTAL_TITLE PORTAL_TEMPLATE
   PORTAL_MODE PORTAL_PATH PORTAL_QUOTA PORTAL_CONTACT LOKI_URL LOKI_USERNAME LOKI_TENANT RESERVED_NAMES
   CAPSTAN_INSTANCE STATE_DIR LOG_LEVEL LOG_FORMAT OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME NOTIFY_GROUP
   NOTIFY_REPEAT NOTIFY_CERTIFICATE_DAYS SECRETS_REFRESH BWS_SERVER_URL VAULT_ADDR VAULT_NAMESPACE TRAEFIK_IP
   DNS_MANAGED HOST_CHECK_INTERVAL HETZNER_ZONE_ID HETZNER_API_URL RFC2136_SERVER RFC2136_ZONE RFC2136_KEY_NAME
   RFC2136_KEY_ALGORITHM CA_FILE NO_PROXY`.split(/\s+/),
);

test("every variable that is a secret, or may hold one, is named with what it allows", () => {
  // A new variable: a row in SECURITY.md, or a word in the list above when it is no secret.
  const undecided = variableNames.filter((name) => !credentials.has(name) && !harmless.has(name));
  expect(undecided).toEqual([]);
  expect(variableNames.filter((name) => credentials.has(name) && harmless.has(name))).toEqual([]);
});

test("nothing that its name calls a secret passes for harmless", () => {
  const secret = /TOKEN|SECRET|PASSWORD|KEY(?!_NAME|_ALGORITHM)|HEADERS|NOTIFY_URLS/;
  const known = new Set(["SECRETS_REFRESH"]);
  expect([...harmless].filter((name) => secret.test(name) && !known.has(name))).toEqual([]);
});

test("it names no variable that there is not, and says of each what a thief can do", () => {
  const known: ReadonlySet<string> = new Set([...variableNames, "SECRET_", "STATE_DIR"]);
  expect([...credentials].filter((name) => !known.has(name))).toEqual([]);
  expect([...harmless].filter((name) => !known.has(name))).toEqual([]);
  for (const row of rows) {
    const cells = row.split("|").map((cell) => cell.trim());
    expect(cells, row).toHaveLength(5);
    expect(
      cells.slice(1, 4).filter((cell) => cell === ""),
      row,
    ).toEqual([]);
  }
});

test("what else people set by names of their own is in it", () => {
  for (const word of ["`SECRET_…`", "`STATE_DIR/key`"]) expect(section).toContain(word);
});
