// Law P10: what reaches the host stands in the headline of a plan, for every kind of service, when it is new.
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { ComposeFile } from "../../../src/model/compose-file.ts";
import { hostAccessOf } from "../../../src/model/kinds/table.ts";
import { kinds } from "../../../src/model/kinds/table.ts";
import type { ComposeSpec, MountSpec, PortSpec } from "../../../src/model/specs.ts";
import { renderJson } from "../../../src/plan/render/json.ts";
import { renderLine } from "../../../src/plan/render/line.ts";
import { renderMarkdown } from "../../../src/plan/render/markdown.ts";
import { renderTerminal } from "../../../src/plan/render/terminal.ts";
import { application, planOf, stack } from "./fixture.ts";

const texts = (service: Parameters<typeof hostAccessOf>[0]): readonly string[] =>
  hostAccessOf(service).map(({ part, text }) => (part === null ? text : `${part}: ${text}`));

function ofFile(text: string, env: ComposeSpec["env"] = {}): readonly string[] {
  const file = parse(text) as ComposeFile;
  return texts({ kind: "compose", spec: { ...kinds.compose.defaults, file, env } });
}

const services = (text: string): string => `services: { web: { image: "nginx:1", ${text} } }`;

test.each([
  ["privileged: true", "everything on the host (privileged)"],
  ["network_mode: host", "the network of the host (network_mode: host)"],
  ["pid: host", "the processes of the host (pid: host)"],
  ["ipc: host", "the shared memory of the host (ipc: host)"],
  ["userns_mode: host", "the user ids of the host (userns_mode: host)"],
  ["cap_add: [NET_ADMIN]", "more rights on the host (NET_ADMIN)"],
  ['devices: ["/dev/ttyUSB0:/dev/ttyUSB0"]', "a device of the host (/dev/ttyUSB0)"],
  ["devices: [{ source: /dev/fuse, target: /dev/fuse }]", "a device of the host (/dev/fuse)"],
  ["security_opt: [seccomp:unconfined]", "the host without confinement (seccomp:unconfined)"],
  ["gpus: all", "devices of the host (GPUs)"],
  ["use_api_socket: true", "the docker socket (use_api_socket)"],
  ["volumes_from: [container:shop-db:ro]", "the volumes of another container (container:shop-db)"],
  ["network_mode: container:shop-db", "the network of another container (container:shop-db)"],
  ["pid: container:shop-db", "the processes of another container (container:shop-db)"],
  [
    "post_start: [{ command: id, privileged: true }]",
    "everything on the host (privileged post_start)",
  ],
  ["provider: { type: model }", "a program of the host (provider: model)"],
  ["env_file: /etc/app.env", "/etc/app.env of the host (read-only)"],
  ["env_file: [{ path: /etc/app.env }]", "/etc/app.env of the host (read-only)"],
  ["label_file: [~/labels]", "~/labels of the host (read-only)"],
  ['volumes: ["../files/../../../etc:/etc"]', "../files/../../../etc of the host"],
  ['volumes: ["/srv/data:/data"]', "/srv/data of the host"],
  ['volumes: ["/srv/data:/data:ro"]', "/srv/data of the host (read-only)"],
  ['volumes: ["~/data:/data:z,ro"]', "~/data of the host (read-only)"],
  ["volumes: [{ type: bind, source: /etc, target: /x }]", "/etc of the host"],
  [
    'volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]',
    "the docker socket (/var/run/docker.sock)",
  ],
  ['ports: ["8080:80"]', "port 8080/tcp of the host"],
  ['ports: ["127.0.0.1:53:53/udp"]', "port 127.0.0.1:53/udp of the host"],
  ['ports: ["3000-3005:3000-3005"]', "port 3000-3005/tcp of the host"],
  ["ports: [80]", "a free port of the host (tcp)"],
  ["ports: [{ target: 80, published: 8080, protocol: udp }]", "port 8080/udp of the host"],
  ["ports: [{ target: 80, published: 81, host_ip: 10.0.0.1 }]", "port 10.0.0.1:81/tcp of the host"],
])("P10 `%s` in a compose file reaches %s", (text, said) => {
  expect(ofFile(services(text))).toEqual([`web: ${said}`]);
});

test.each([
  "privileged: false",
  "network_mode: bridge",
  'volumes: ["data:/data"]',
  'volumes: ["/data"]',
  'volumes: ["../files/app.conf:/app.conf"]',
  "volumes: [{ type: volume, source: data, target: /data }]",
  "security_opt: [no-new-privileges:true]",
  "cap_drop: [ALL]",
  'expose: ["80"]',
  "volumes_from: [base]",
  "network_mode: service:base",
  "env_file: .env",
  "post_start: [{ command: id }]",
])("P10 `%s` in a compose file reaches nothing of the host", (text) => {
  expect(ofFile(services(text))).toEqual([]);
});

test("P10 a volume, a config and a network of a file may reach the host for all of its services", () => {
  const file = `
services: { web: { image: "nginx:1", networks: [outside] } }
volumes:
  data: { driver_opts: { type: none, o: bind, device: /srv/data } }
  share: { driver_opts: { type: nfs, o: "addr=10.0.0.1", device: ":/share" } }
  disk: { driver_opts: { type: ext4, device: /dev/sdb1 } }
  layers: { driver_opts: { type: overlay, o: "lowerdir=/etc,upperdir=/srv/u,workdir=/srv/w" } }
  ram: { driver_opts: { type: tmpfs, device: tmpfs } }
  far: { driver: sshfs }
configs: { hosts: { file: /etc/hosts }, own: { file: ../files/own }, key: { environment: DATABASE_URL } }
networks: { outside: { external: true, name: host }, lan: { driver: macvlan }, own: { driver: overlay } }
`;
  expect(ofFile(file)).toEqual([
    "/srv/data of the host",
    "/dev/sdb1 of the host",
    "/etc of the host",
    "/srv/u of the host",
    "/srv/w of the host",
    "a volume driver of the host (sshfs)",
    "/etc/hosts of the host (read-only)",
    "a variable of Dokploy's own (DATABASE_URL)",
    "the network of the host",
    "a network driver of the host (macvlan)",
  ]);
});

test("P10 what a service extends counts as its own", () => {
  const file = `
services:
  base: { image: "nginx:1", privileged: true, ports: ["8080:80"] }
  agent: { extends: { service: base }, volumes: ["/:/host:ro"] }
  loop: { extends: loop, image: "nginx:1" }
`;
  expect(ofFile(file).filter((one) => one.startsWith("agent"))).toEqual([
    "agent: everything on the host (privileged)",
    "agent: / of the host (read-only)",
    "agent: port 8080/tcp of the host",
  ]);
});

test("P10 a variable is followed and never shown, as its value may be a secret", () => {
  const text = services(
    'volumes: ["${DIR:-/srv}:/data"], ports: ["${PORT}:80"], privileged: "${ALL}"',
  );
  const env = { DIR: "/canary", PORT: "8080", ALL: "true" };
  expect(ofFile(text, env)).toEqual([
    "web: everything on the host (privileged)",
    "web: ${DIR:-/srv} of the host",
    "web: port ${PORT}/tcp of the host",
  ]);
  const ids = (values: Record<string, string>): readonly string[] =>
    hostAccessOf({
      kind: "compose",
      spec: { ...kinds.compose.defaults, file: parse(text) as ComposeFile, env: values },
    }).map(({ id }) => id);
  expect(ids(env)).not.toEqual(ids({ ...env, DIR: "/other" }));
  // A named volume is none.
  expect(ofFile(text, { ...env, DIR: "data" })).toHaveLength(2);
});

test("P10 applications and databases reach folders and ports", () => {
  const mounts: readonly MountSpec[] = [
    { type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" },
    { type: "bind", source: "/srv/data", target: "/data" },
    { type: "volume", volume: "data", target: "/more" },
    { type: "file", content: "x", target: "/etc/x" },
  ];
  const ports: readonly PortSpec[] = [
    { published: 2222, target: 22, protocol: "tcp", mode: "ingress" },
    { published: 53, target: 53, protocol: "udp", mode: "host" },
  ];
  const spec = { ...kinds.application.defaults, mounts, ports };
  expect(texts({ kind: "application", spec })).toEqual([
    "the docker socket (/var/run/docker.sock)",
    "/srv/data of the host",
    "port 2222/tcp of the host",
    "port 53/udp of the host",
  ]);
  const database = { ...kinds.libsql.defaults, externalPort: 15_432, externalGrpcPort: 5001 };
  expect(texts({ kind: "libsql", spec: database })).toEqual([
    "port 15432/tcp of the host",
    "port 5001/tcp of the host",
  ]);
});

const bind = (source: string, target: string): MountSpec => ({ type: "bind", source, target });
const document = (plan: ReturnType<typeof planOf>) => ({
  ...{ revision: "0123456789abcdef", revisionTitle: "Add a folder", plans: [plan] },
  ...{ problems: [], heldPrune: null },
});

test("P10 the headline names what is new, in every form, and not what was there and stays", () => {
  const old = [bind("/srv/old", "/old")];
  const ports: readonly PortSpec[] = [
    { published: 2222, target: 22, protocol: "tcp", mode: "ingress" },
  ];
  const next = application("web", { mounts: [...old, bind("/srv/new", "/new")], ports });
  const plan = planOf(stack("shop", { services: [next] }), [
    { name: "web", spec: { mounts: old } },
  ]);
  const shown = document(plan);
  expect(renderLine(shown)).toBe(
    "would let 1 service reach the host and restart 1 service; 1 stack would be changed",
  );
  const markdown = renderMarkdown(shown);
  const [head, , , , line] = markdown.split("\n");
  expect(head).toContain("would let 1 service reach the host");
  expect(line).toBe("- ⚠️ shop: `web` reaches `/srv/new of the host`, `port 2222/tcp of the host`");
  expect(markdown.slice(0, markdown.indexOf("###"))).not.toContain("/srv/old");
  const terminal = renderTerminal(shown, { colour: false, width: 100 });
  expect(terminal).toContain(
    "! shop: web reaches /srv/new of the host, port 2222/tcp of the host\n\nwould let 1 service",
  );
  expect(renderJson(shown)).toMatchObject({
    summary: { hostAccess: 1 },
    stacks: [
      {
        hostAccess: [
          {
            service: "app/web",
            part: null,
            reaches: ["/srv/new of the host", "port 2222/tcp of the host"],
          },
        ],
      },
    ],
  });
});

test("P10 a new service names all that it reaches, without what people keep and without secrets", () => {
  const mounts = [bind("/srv/canary", "/a"), bind("/srv/kept", "/b"), bind("/srv/c", "/c")];
  const web = application(
    "web",
    { mounts },
    { ignore: ["mounts./b"], secrets: new Set(["mounts./a"]) },
  );
  const shown = document(planOf(stack("shop", { services: [web] }), null));
  const text =
    renderMarkdown(shown) +
    JSON.stringify(renderJson(shown)) +
    renderTerminal(shown, { colour: false, width: 200 });
  expect(text).toContain("`web` reaches `/srv/c of the host`, `a folder of the host`");
  expect(text).not.toContain("canary");
  expect(renderJson(shown).stacks[0]?.hostAccess[0]?.reaches).toHaveLength(2);
});

test("P7 the headline stays short, however much reaches the host", () => {
  const services = Array.from({ length: 40 }, (_, index) =>
    application(`web${index}`, {
      mounts: Array.from({ length: 40 }, (__, at) => bind(`/srv/${at}`, `/m${at}`)),
    }),
  );
  const markdown = renderMarkdown(document(planOf(stack("shop", { services }), null)));
  const head = markdown.slice(0, markdown.indexOf("###"));
  expect(head).toContain("and 28 services more");
  expect(head).toContain("and 28 more");
  expect(head.length).toBeLessThan(8_000);
});
