// What services say of the databases beside them.
import { expect, test } from "vitest";
import { databaseRows } from "../../src/model/kinds/database-rows.ts";
import { load, problemText, serviceOf, stackOf } from "./support.ts";

const manifest = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: nginx:1
      env:
        URL: $(services.db.url)
        PARTS: $(services.db.user)@$(services.db.host):$(services.db.port)/$(services.db.database)
        ROOT: $(services.old.rootPassword)
        CACHE: $(services.cache.url)
        DOCS: $(services.docs.url)
        EDGE: $(services.edge.url)
  databases:
    db: { type: postgres, image: "postgres:17", database: shop, user: shop, password: $(secrets.shop-db) }
    old: { type: mysql, image: "mysql:8.4", database: s, user: s, password: p, rootPassword: $(secrets.root) }
    cache: { type: redis, image: "redis:8", password: $(secrets.cache) }
    edge: { type: libsql, user: edge, password: "o=pen" }
    docs: { type: mongo, image: "mongo:8", user: docs, password: open }
`;
const words: Readonly<Record<string, string>> = {
  "shop-db": "p@ss_word#1",
  root: "r00t-word",
  cache: "c+che",
};
const secret = (name: string): string | null => words[name] ?? null;

test("values of databases are resolved, and what holds a secret is one", () => {
  const stack = stackOf(load({ "shop.yaml": manifest }, { secret }));
  const web = serviceOf(stack, "app/web");
  expect(web.spec.env).toEqual({
    URL: "postgresql://shop:p%40ss_word%231@shop-db:5432/shop",
    PARTS: "shop@shop-db:5432/shop",
    ROOT: "r00t-word",
    CACHE: "redis://:c%2Bche@shop-cache:6379/0",
    EDGE: "http://edge:o%3Dpen@shop-edge:8080",
    DOCS: "mongodb://docs:open@shop-docs:27017/?authSource=admin",
  });
  expect([...web.secrets].sort()).toEqual(["env.CACHE", "env.ROOT", "env.URL"]);
  expect(Object.fromEntries(web.secretUses ?? [])).toMatchObject({
    "env.URL": { names: ["shop-db"] },
    "env.ROOT": { names: ["root"] },
  });
});

test("an environment's services name the databases of their own environment", () => {
  const text = `${manifest}  environments:
    staging:
      databases:
        db: { database: test }
`;
  const stack = stackOf(load({ "shop.yaml": text }, { secret }));
  expect(serviceOf(stack, "app/web@staging").spec.env.URL).toBe(
    "postgresql://shop:p%40ss_word%231@shop-staging-db:5432/test",
  );
});

test("every kind has a URL that programs can read", () => {
  const spec = { database: "d b", user: "us:er", password: "p@/ss", rootPassword: "root" };
  for (const [kind, { url, port }] of Object.entries(databaseRows)) {
    const read = new URL(url(spec, "host"));
    expect(read.hostname, kind).toBe("host");
    expect(read.port, kind).toBe(String(port));
    expect(decodeURIComponent(read.password), kind).toBe("p@/ss");
    if (kind !== "redis") expect(decodeURIComponent(read.username), kind).toBe("us:er");
  }
});

test("no two databases publish one port, whatever they publish on it", () => {
  const text = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  databases:
    one: { type: libsql, user: u, password: p, externalGrpcPort: 15001 }
    two: { type: libsql, user: u, password: p, externalAdminPort: 15001 }
    three: { type: redis, image: "redis:8", password: p, externalPort: 15001 }
`;
  expect(load({ "shop.yaml": text }).problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/the port 15001\/tcp is claimed by shop\/db\/one .* and 1 more$/),
  ]);
});

const queue = (more: readonly string[] = [], file: readonly string[] = []): string =>
  [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: shop }", "spec:"],
    ...["  applications:", "    web:", "      image: nginx:1", "      env:"],
    ...["        QUEUE: amqp://$(services.queue.rabbit.host):5672", ...more],
    ...["  compose:", "    queue:", ...file, "      content: |", "        services:"],
    '          rabbit: { image: "rabbitmq:4", networks: [dokploy-network] }',
    '          page: { image: "nginx:1" }',
    '          alone: { image: "nginx:1" }',
    "          a.b: { extends: rabbit, hostname: x }",
    "        networks: { dokploy-network: { external: true } }",
    "",
  ].join("\n");
const told = (text: string): readonly string[] =>
  load({ "shop.yaml": text }, { secret }).problems.map(problemText);

test("a service of a compose file is named by its name on the network, and makes who names it wait", () => {
  const domains = "      domains: [ { service: page, host: q.example.com, port: 80 } ]";
  const more = [
    "        PAGE: $(services.queue.page.host)",
    "        DOT: $(services.queue.a.b.host)",
  ];
  const stack = stackOf(load({ "shop.yaml": queue(more, [domains]) }, { secret }));
  const web = serviceOf(stack, "app/web");
  expect(web.spec.env).toEqual({ QUEUE: "amqp://rabbit:5672", PAGE: "page", DOT: "a.b" });
  expect(web.after).toEqual(["compose/queue"]);
});

test("the same of a file in the repository, in each environment its own", () => {
  const file = (name: string): string =>
    `services: { ${name}: { image: "rabbitmq:4", networks: [dokploy-network] } }\nnetworks: { dokploy-network: { external: true } }\n`;
  const stack = stackOf(
    load({
      "live.compose.yaml": file("rabbit"),
      "test.compose.yaml": file("test-rabbit"),
      "shop.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications: { web: { image: "nginx:1", env: { QUEUE: $(services.queue.rabbit.host) } } }
  compose: { queue: { file: ./live.compose.yaml } }
  environments:
    test:
      applications: { web: { env: { QUEUE: $(services.queue.test-rabbit.host) } } }
      compose: { queue: { file: ./test.compose.yaml } }
`,
    }),
  );
  expect(serviceOf(stack, "app/web@test").spec.env).toEqual({ QUEUE: "test-rabbit" });
  expect(serviceOf(stack, "app/web@test").after).toEqual(["compose/queue@test"]);
  expect(serviceOf(stack, "app/web").spec.env).toEqual({ QUEUE: "rabbit" });
});

test.each([
  [
    "$(services.queue.host)",
    "`queue` is a compose file, and each of its services has a host of its own " +
      "(write $(services.queue.rabbit.host) or $(services.queue.a.b.host))",
  ],
  [
    "$(services.queue.rabit.host)",
    "the compose file of `queue` has no service `rabit` (did you mean `rabbit`?)",
  ],
  [
    "$(services.queue.alone.host)",
    "`alone` is not on dokploy-network, where the others would find it (in the compose file give it " +
      "`networks: [dokploy-network]`, and the file `networks: { dokploy-network: { external: true } }`)",
  ],
  ["$(services.queue.rabbit.port)", "`queue` has no rabbit.port (it has rabbit.host)"],
  ["$(services.queue.port)", "`queue` has no port"],
  ["$(services.web2.host)", "this environment has no service `web2` (did you mean `web`?)"],
])("%s is told at its line: %s", (reference, message) => {
  expect(told(queue([`        OTHER: ${reference}`]))).toEqual([
    `shop.yaml:10:16 [shop] \`${reference}\`: ${message}`,
  ]);
});

test("an isolated one is not found by the others, and says what to do", () => {
  const domains = "      domains: [ { service: page, host: q.example.com, port: 80 } ]";
  const text = queue(
    ["        PAGE: $(services.queue.page.host)"],
    [domains, "      isolated: true"],
  );
  expect(told(text)).toEqual([
    "shop.yaml:10:15 [shop] `$(services.queue.page.host)`: `page` is not on dokploy-network, where the others would " +
      "find it (take `isolated: true` off the compose service, or join the network in its file)",
  ]);
});

test("what is wrong with a compose file is told there, and once", () => {
  const broken = queue()
    .replace("rabbitmq:4", "${")
    .replace(/ +page.*\n/, "          page: [\n");
  const found = told(broken);
  expect(
    found.filter((one) => one.includes("cannot be resolved: `queue` has problems")),
  ).toHaveLength(1);
  expect(new Set(found).size).toBe(found.length);
  expect(found.length).toBeGreaterThan(1);
});

test("services of a compose file and databases cannot wait for each other", () => {
  const text =
    queue([], ["      env: { DB: $(services.db.host) }"]) +
    `  databases:
    db: { type: redis, image: "redis:8", password: p, args: ["--requirepass", p], env: { Q: $(services.queue.rabbit.host) } }
`;
  expect(told(text)).toEqual([expect.stringContaining("services wait for each other: ")]);
});

test("what is wrong comes before what only follows from it, wherever that stands", () => {
  const text = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web: { image: "nginx:1", env: { URL: $(services.main.url) } }
  databases:
    main: { type: postgres, image: "postgres:17", database: a, user: a, password: $(secrets.missing) }
`;
  const { problems } = load({ "shop.yaml": text });
  expect(problems.map(({ message }) => message)).toEqual([
    "there is no secret `missing`",
    "`$(services.main.url)` cannot be resolved: `main` has problems",
  ]);
});
