// What services say of the databases beside them.
import { expect, test } from "vitest";
import { databaseRows } from "../../src/model/kinds/database-rows.ts";
import { load, serviceOf, stackOf } from "./support.ts";

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
