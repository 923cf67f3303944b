// A stack of one compose service, with its file.
export type Type = "docker-compose" | "stack";

export const file = [
  "# a queue with its worker",
  "x-common: &common",
  "  restart: always",
  "services:",
  "  web:",
  "    <<: *common",
  "    image: ghcr.io/acme/queue:1",
  "    environment: { KEY: '${KEY}', MODE: '${MODE:-fast}' }",
  "    volumes: [data:/data]",
  "  worker:",
  "    <<: *common",
  "    image: ghcr.io/acme/worker:1",
  "    depends_on: [web]",
  "volumes:",
  "  data: {}",
  "",
].join("\n");

export function composeStack(type: Type, extra: readonly string[] = []): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  compose:",
    "    queue:",
    "      file: ./queue.compose.yaml",
    `      type: ${type}`,
    "      rollout: { stableFor: 0s, timeout: 20s }",
    "      env: { KEY: $(secrets.queue-key) }",
    ...extra.map((line) => `      ${line}`),
    "",
  ].join("\n");
}

export const empty = "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\n";
