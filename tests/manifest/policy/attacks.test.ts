// Law P9: what somebody tries who may only write `users/`, where a policy is about that folder. Each is refused, each
// names the place, the policy and what to do.
import { expect, test } from "vitest";
import { load } from "../support.ts";
import { composeStack, file, forUsers, lines, refusals, stackOf } from "./support.ts";

const application: readonly (readonly [
  title: string,
  allow: string,
  fields: string,
  said: string,
])[] = [
  [
    "a bind mount of /",
    "templates: ['*']",
    "mounts: [ { type: bind, source: /, target: /host } ]",
    "mounts / of the host, and the policy portal allows no bind mounts",
  ],
  [
    "the docker socket",
    "bindMounts: ['/srv/**']",
    "mounts: [ { type: bind, source: /var/run/docker.sock, target: /s } ]",
    "mounts /var/run/docker.sock of the host, and the policy portal allows only the bind mounts /srv/**",
  ],
  [
    "another registry's image",
    "images: [ghcr.io/acme/*]",
    "image: ghcr.io/evil/miner:1",
    "runs the image ghcr.io/evil/miner:1, and the policy portal allows only the images ghcr.io/acme/*",
  ],
  [
    "an image of Docker Hub by its short name",
    "registries: [ghcr.io]",
    "image: nginx",
    "uses the registry docker.io, and the policy portal allows only the registries ghcr.io",
  ],
  [
    "an image that is built from a repository",
    "images: [ghcr.io/acme/*]",
    "git: { url: 'https://github.com/evil/miner.git' }",
    "is built from the repository github.com/evil/miner, and the policy portal allows only the images ghcr.io/acme/*",
  ],
  [
    "another repository",
    "repositories: [github.com/acme/*]",
    "git: { url: 'git@github.com:evil/miner.git', sshKey: k }",
    "is built from the repository github.com/evil/miner, and the policy portal allows only the repositories github.com/acme/*",
  ],
  [
    "another stack's host",
    "hosts: ['*.ai.example.com']",
    "domains: [ { host: Shop.example.com, port: 80 } ]",
    "asks for the host shop.example.com, and the policy portal allows only the hosts *.ai.example.com",
  ],
  [
    "a name that leads to a stranger's server",
    "hosts: ['*.ai.example.com']",
    "domains: [ { host: a.ai.example.com, port: 80, dns: { target: 203.0.113.66 } } ]",
    "points its host to the address 203.0.113.66, and the policy portal allows no addresses of their own in DNS records",
  ],
  [
    "another stack's name on the network",
    "aliases: []",
    "aliases: [shop-db]",
    "asks for shop-db as a name on the network, and the policy portal allows no names on the network",
  ],
  [
    "another stack's volume",
    "externalVolumes: []",
    "mounts: [ { type: volume, source: shop-data, target: /d, external: true } ]",
    "takes the volume shop-data by its name on the server, and the policy portal allows no volumes of others",
  ],
  [
    "a published port",
    "ports: [2222, 30000-30100]",
    "ports: [ { published: 22, target: 22 } ]",
    "publishes the port 22/tcp of the host, and the policy portal allows only the ports 2222, 30000-30100",
  ],
  [
    "a port of the node",
    "hostPorts: false",
    "ports: [ { published: 2222, target: 22, mode: host } ]",
    "publishes a port in mode host, and the policy portal does not allow it",
  ],
  [
    "a secret of another folder",
    "secrets: [users-*]",
    "env: { KEY: 'x-$(secrets.shop_db)' }",
    "reads the secret shop_db, and the policy portal allows only the secrets users-*",
  ],
  [
    "an environment variable",
    "variables: []",
    "env: { KEY: $(env.STACK_REPLICAS) }",
    "reads the environment variable STACK_REPLICAS, and the policy portal allows no environment variables",
  ],
  [
    "the nodes of others",
    "placement: ['node.labels.pool == users']",
    "placement: { constraints: ['node.role==manager'] }",
    "asks for the constraint node.role==manager, and the policy portal allows only the placement constraints node.labels.pool == users",
  ],
  [
    "another server",
    "servers: [dokploy]",
    "server: backup-1",
    "runs on the server backup-1, and the policy portal allows only the servers dokploy",
  ],
  [
    "a registry's login",
    "registries: [ghcr.io]",
    "registry: { url: 'https://evil.example.com/v2', username: a, password: b }",
    "uses the registry evil.example.com, and the policy portal allows only the registries ghcr.io",
  ],
];

test.each(application)("P9 %s is refused", (_title, allow, fields, said) => {
  const extra = fields.startsWith("server:") ? "" : "";
  const own = /^(?:image|git):/.test(fields)
    ? stackOf(fields).replace("      image: ghcr.io/acme/web:1\n", "")
    : stackOf(fields, extra);
  const [line, ...rest] = refusals(allow, own);
  expect(line, String(rest)).toContain(said);
  expect(line).toMatch(/^users\/alice\.yaml:\d+:\d+ \[alice\] `\S+` /);
  expect(line).toMatch(/\(policies\/portal\.yaml:4:\d+\)/);
  expect(line).toContain("who may change policies/portal.yaml can allow it under `allow.");
});

const stackWide: readonly (readonly [title: string, allow: string, more: string, said: string])[] =
  [
    [
      "another project",
      "projects: ['ai-stack-*']",
      "project: shop",
      "`project` asks for the project shop, and the policy portal allows only the projects ai-stack-*",
    ],
    [
      "a project that takes its name from the stack",
      "projects: ['ai-stack-*']",
      "",
      "`project` asks for the project alice,",
    ],
    [
      "adopt of a stranger's project",
      "adopt: false",
      "project: shop\nadopt: true",
      "`adopt` takes over a project that it did not make, and the policy portal does not allow it",
    ],
    [
      "no template where one is asked for",
      "templates: [ai-stack]",
      "",
      "it uses no template, and the policy portal allows only the templates ai-stack",
    ],
  ];

test.each(stackWide)("P9 %s is refused", (_title, allow, more, said) => {
  expect(refusals(allow, stackOf("replicas: 1", more))[0]).toContain(said);
});

test("P9 what comes from a template, a parameter, an overlay or a variable is judged as it becomes", () => {
  const template = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: t }
spec:
  parameters: { folder: { default: /srv/a }, image: {} }
  stack:
    applications:
      web:
        image: $(parameters.image)
        mounts: [ { type: bind, source: $(parameters.folder), target: /x } ]
`;
  const stack = `apiVersion: capstan/v1
kind: Stack
metadata: { name: alice }
spec:
  template: t
  parameters: { folder: /etc, image: $(env.STACK_IMAGE) }
  environments: { staging: { applications: { web: { mounts: [ { type: bind, source: /root, target: /x } ] } } } }
`;
  const found = refusals("bindMounts: [/srv/*], images: [ghcr.io/acme/web]", stack, {
    "templates/t.yaml": template,
  });
  expect(found.map((line) => line.split(", and ")[0])).toEqual([
    "users/alice.yaml:6:25 [alice] `applications.web.mounts[0].source` mounts /etc of the host",
    "users/alice.yaml:6:38 [alice] `applications.web.image` runs the image ghcr.io/acme/opencode:1.2.3",
    "users/alice.yaml:7:85 [alice] `applications.web.mounts[0].source` mounts /root of the host",
  ]);
  // A variable of a compose file is followed and never shown.
  const compose = composeStack(file('volumes: ["${DIR}:/x"]'), "env: { DIR: /canary }");
  expect(refusals("adopt: true", compose)[0]).toContain("mounts ${DIR} of the host");
  expect(refusals("bindMounts: [/canary]", compose)).toEqual([]);
});

test("P5 a secret in what is refused is judged and never shown", () => {
  const stack = stackOf("mounts: [ { type: bind, source: '/$(secrets.dir)', target: /x } ]");
  const found = refusals("adopt: false", stack);
  expect(found[0]).toContain("mounts a folder of the host");
  expect(found.join()).not.toContain("canary-");
});

const shop = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: ghcr.io/acme/shop:1
      aliases: [store]
      domains: [ { host: shop.example.com, port: 80 } ]
`;
const template = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: t }
spec: { stack: { applications: { web: { image: "ghcr.io/acme/web:1" } } } }
`;

test.each([
  ["name", "names: [u-*]", stackOf("replicas: 2", "", "shop")],
  ["name, in a wrong manifest", "names: [u-*]", stackOf("replicas: many", "", "shop")],
  ["name, in a manifest that is no YAML", "names: [u-*]", stackOf("replicas: [", "", "shop")],
  ["project", "projects: [u-*]", stackOf("replicas: 1", "project: shop", "u-a")],
  [
    "host",
    "hosts: ['*.ai.example.com']",
    stackOf("domains: [ { host: shop.example.com, port: 1 } ]", "", "u-a"),
  ],
  ["network name", "aliases: []", stackOf("aliases: [store]", "", "u-a")],
  [
    "previous name",
    "names: [u-*]",
    stackOf("replicas: 1", "", "u-a").replace("name: u-a", "name: u-a, previousName: old"),
  ],
])(
  "P9 who asks for another stack's %s is refused, and that stack is not",
  (_what, allow, attack) => {
    const texts = {
      "platform/shop.yaml": shop,
      "policies/p.yaml": forUsers(allow),
      "users/x.yaml": attack,
    };
    const desired = load(texts);
    expect(desired.stacks.map(({ name }) => name)).toEqual(["shop"]);
    expect(desired.brokenStacks.has("shop")).toBe(false);
    expect(desired.problems.length).toBeGreaterThan(0);
    expect(desired.problems.every(({ place }) => place.file === "users/x.yaml")).toBe(true);
    expect(desired.problems.some(({ policy }) => policy?.name === "portal")).toBe(true);
    expect(desired.problems.some(({ stack }) => stack === "shop")).toBe(false);
  },
);

test("P9 a template in a folder that may define none takes nobody's template away", () => {
  const using = stackOf("replicas: 1", "template: t", "u-a");
  const texts = {
    "templates/t.yaml": template,
    "users/t.yaml": template.replace("acme/web", "evil/web"),
    "users/u.yaml": using,
    "policies/p.yaml": forUsers("manifests: [Stack], templates: [t]"),
  };
  const desired = load(texts);
  expect(lines(desired)).toEqual([
    "users/t.yaml:3:19 is a StackTemplate, and the policy portal allows only manifests of kind Stack here (policies/p.yaml:4:61) (move it to a folder that the policy is not about)",
  ]);
  expect(desired.stacks.map(({ name }) => name)).toEqual(["u-a"]);
});

test("P9 a template that they may not use is refused, also under its own keys", () => {
  const texts = { "templates/t.yaml": template };
  const found = refusals("templates: [ai-stack]", stackOf("replicas: 1", "template: t"), texts);
  expect(found).toEqual([
    "users/alice.yaml:5:13 [alice] `template` uses the template t, and the policy portal allows only the templates ai-stack (policies/portal.yaml:4:61) (who may change policies/portal.yaml can allow it under `allow.templates`)",
  ]);
});

test("P9 a policy in their own folder is none, and says so", () => {
  const texts = {
    "users/open.yaml": forUsers("bindMounts: ['**']"),
    "users/shut.yaml": forUsers("images: []").replace('paths: ["users/**"]', 'paths: ["**"]'),
    "policies/p.yaml": forUsers("adopt: false"),
    "users/alice.yaml": stackOf("mounts: [ { type: bind, source: /, target: /x } ]"),
    "platform/shop.yaml": shop,
  };
  const desired = load(texts);
  expect(lines(desired).filter((line) => line.includes("is a policy"))).toEqual([
    "users/open.yaml:3:19 is a policy, and none are read in this folder: it changes nothing (move it to policies/, or set POLICIES_PATH)",
    "users/shut.yaml:3:19 is a policy, and none are read in this folder: it changes nothing (move it to policies/, or set POLICIES_PATH)",
  ]);
  expect(desired.stacks.map(({ name }) => name)).toEqual(["shop"]);
});

test("P9 an ignore file leaves no policy out", () => {
  const texts = {
    ".capstanignore": "policies/\n",
    "policies/.capstanignore": "*\n",
    "policies/p.yaml": forUsers("adopt: false"),
    "users/.capstanignore": "!../policies\n*.yaml\n!alice.yaml\n",
    "users/alice.yaml": stackOf("mounts: [ { type: bind, source: /, target: /x } ]"),
  };
  const desired = load(texts);
  expect(desired.stacks).toEqual([]);
  expect([...desired.brokenStacks]).toEqual(["alice"]);
});
