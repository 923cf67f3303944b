// What the server has, written into a manifest: each case says what somebody changed as the manifest that they mean,
// and the text that comes of it. What cannot be written leaves the text alone and says why.
import { describe, expect, test } from "vitest";
import { createHasher } from "../../../src/lib/digest.ts";
import { loadManifests } from "../../../src/manifest/load.ts";
import { amend } from "../../../src/manifest/write-back/amend.ts";
import type { Amended, Change } from "../../../src/manifest/write-back/amend.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { flatten } from "../../../src/model/fields.ts";

const hasher = createHasher(Buffer.from("a key for tests"));
const path = "stacks/shop.yaml";
type Files = Readonly<Record<string, string>>;

function load(text: string, others: Files = {}): DesiredStack | null {
  const files = Object.entries({ ...others, [path]: text }).map(([name, content]) => ({
    path: name,
    content: new TextEncoder().encode(content),
  }));
  const { stacks } = loadManifests({
    tree: { files, unreadable: [] },
    root: "stacks",
    variables: {},
    secret: (name) => `canary-of-${name}`,
    reservedNames: [],
    hasher,
  });
  return stacks.find(({ name }) => name === "shop") ?? null;
}

/** As if the server had what `observed` says. */
function changesOf(before: DesiredStack, observed: DesiredStack): readonly Change[] {
  const services = before.services.flatMap((desired): Change[] => {
    const service = observed.services.find(({ key }) => key === desired.key);
    if (service === undefined) return [];
    const [want, have] = [flatten(desired), flatten(service)];
    const paths = [...new Set([...want.keys(), ...have.keys()])].sort();
    return paths.flatMap((one): Change[] => {
      const [wanted = null, seen = null] = [want.get(one), have.get(one)];
      const target = { desired, observed: service };
      return wanted === seen
        ? []
        : [{ service: desired.key, path: one, wanted, observed: seen, target }];
    });
  });
  const names = new Set([...Object.keys(before.variables), ...Object.keys(observed.variables)]);
  const variables = [...names].flatMap((name): Change[] => {
    const [wanted = null, seen = null] = [before.variables[name], observed.variables[name]];
    const one = { service: "project", path: `variables.${name}`, wanted, observed: seen };
    return wanted === seen ? [] : [{ ...one, target: null }];
  });
  const renamed = before.project === observed.project ? [] : [observed.project];
  const project = renamed.map((name): Change => ({
    ...{ service: "project", path: "name", wanted: before.project, observed: name },
    target: null,
  }));
  return [...services, ...variables, ...project];
}

function amended(text: string, observed: string, others: Files = {}): Amended {
  const [before, after] = [load(text, others), load(observed, others)];
  if (before === null || after === null) throw new Error("a manifest of the test is broken");
  return amend({
    text,
    stack: before,
    changes: changesOf(before, after),
    load: (next) => load(next, others),
  });
}

const shop = `# The web shop.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }   # the name
spec:
  variables: { TZ: UTC }
  applications:
    web:
      # Renovate writes this line.
      image: "ghcr.io/acme/web:1"   # keep it pinned
      replicas: 2
      resources: { limits: { memory: 512Mi } }
      env:
        MODE: live   # or debug
        LEVEL: info
      domains:
        - { host: shop.example.com, port: 8080 }   # the shop
        - host: www.example.com # the old name
          port: 8080
      mounts:
        - { type: volume, source: data, target: /data }
      ports: [{ published: 2222, target: 22 }]
      healthcheck: { test: ["CMD", "true"], interval: 10s }
      schedules:
        report: { cron: "0 2 * * *", command: ./report }
  databases:
    db:
      type: postgres
      image: postgres:17
      database: shop
      user: shop
      password: $(secrets.db)
`;

/** What somebody changed, as the text of the manifest before and after. */
type Case = readonly [what: string, from: string, to: string];
const cases: readonly Case[] = [
  ["a number", "replicas: 2", "replicas: 3"],
  ["a number that is the default now", "replicas: 2", "replicas: 1"],
  ["a text in quotes", '"ghcr.io/acme/web:1"   #', '"ghcr.io/acme/web:2"   #'],
  ["an amount", "memory: 512Mi", "memory: 1Gi"],
  ["a variable", "MODE: live", "MODE: debug"],
  ["a variable that looks like a number", "MODE: live", 'MODE: "8080"'],
  ["a variable that looks like a reference", "MODE: live", 'MODE: "$$(date)"'],
  ["one more variable", "        LEVEL: info\n", '        LEVEL: info\n        EXTRA: "1"\n'],
  ["one variable less", "        LEVEL: info\n", ""],
  ["a domain's port", "shop.example.com, port: 8080", "shop.example.com, port: 9090"],
  [
    "HTTPS of a domain",
    "shop.example.com, port: 8080 }",
    "shop.example.com, port: 8080, https: true }",
  ],
  [
    "one more domain",
    "          port: 8080\n",
    "          port: 8080\n        - { host: new.example.com, port: 80 }\n",
  ],
  ["one domain less", "        - { host: shop.example.com, port: 8080 }   # the shop\n", ""],
  ["a mount's target", "source: data, target: /data", "source: data, target: /data2"],
  [
    "one more folder of the server",
    "target: /data }\n",
    "target: /data }\n        - { type: bind, source: /srv, target: /srv }\n",
  ],
  ["a port", "published: 2222, target: 22", "published: 2222, target: 2200"],
  ["one more port", "target: 22 }]", "target: 22 }, { published: 80, target: 80 }]"],
  ["a part of a health check", "interval: 10s", "interval: 20s"],
  ["no health check", '      healthcheck: { test: ["CMD", "true"], interval: 10s }\n', ""],
  ["a schedule's time", '"0 2 * * *"', '"0 9 * * *"'],
  [
    "no schedules",
    '      schedules:\n        report: { cron: "0 2 * * *", command: ./report }\n',
    "",
  ],
  ["a variable of the project", "TZ: UTC", "TZ: Europe/Amsterdam"],
  ["a database's image", "image: postgres:17", "image: postgres:18"],
];

describe("what somebody changed is written in place, and the rest of the file stays as it is", () => {
  test.each(cases)("%s", (_, from, to) => {
    const observed = shop.replace(from, () => to);
    expect(observed).not.toBe(shop);
    const { text, unwritten, written } = amended(shop, observed);
    expect(unwritten).toEqual([]);
    expect(written.length).toBeGreaterThan(0);
    expect(text).toBe(observed);
  });
});

test("several changes at once, of several services", () => {
  const observed = shop
    .replace("replicas: 2", "replicas: 4")
    .replace("MODE: live", "MODE: debug")
    .replace("postgres:17", "postgres:18");
  const { text, unwritten } = amended(shop, observed);
  expect(text).toBe(observed);
  expect(unwritten).toEqual([]);
});

test("two entries of one list that are gone", () => {
  const before = shop.replace(" # the old name", "");
  const observed = before.replace(/ {6}domains:\n(?:.*\n){3}/, "");
  const { text, unwritten } = amended(before, observed);
  expect(unwritten).toEqual([]);
  expect(text).toBe(observed);
});

test("an entry with a comment in it stays, as the comment would be lost", () => {
  const observed = shop.replace(/ {6}domains:\n(?:.*\n){3}/, "");
  const { text, unwritten } = amended(shop, observed);
  expect(unwritten).toEqual([
    {
      ...{ service: "app/web", path: "domains.www.example.com" },
      why: "there are comments in it, which would be lost",
    },
  ]);
  expect(text).not.toContain("shop.example.com");
});

test("changes that are only right together", () => {
  const observed = shop.replace(
    "target: 22 }]",
    "target: 22 }, { published: 80, target: 80, mode: host }]",
  );
  const { text, unwritten } = amended(shop, observed);
  expect(unwritten).toEqual([]);
  expect(text).toContain("{ published: 80, target: 80, mode: host }");
});

test("the name of the project, which the manifest does not name", () => {
  const observed = shop.replace("spec:\n", "spec:\n  project: The Shop\n");
  const { text, unwritten } = amended(shop, observed);
  expect(unwritten).toEqual([]);
  expect(load(text)?.project).toBe("The Shop");
});

test("a second document of the file is left alone", () => {
  const other = "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: other }\nspec: {}\n---\n";
  const before = `${other}${shop}`;
  const observed = before.replace("replicas: 2", "replicas: 5");
  expect(amended(before, observed).text).toBe(observed);
});

describe("environments", () => {
  const two = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: ghcr.io/acme/web:1
      replicas: 2
  environments:
    production: {}
    staging:
      applications:
        web: { replicas: 1 }
`;
  const staging = (text: string, from: string, to: string): string => {
    const at = text.indexOf("    staging:");
    return text.slice(0, at) + text.slice(at).replace(from, to);
  };

  test("what an overlay says is changed in the overlay", () => {
    const observed = staging(two, "replicas: 1", "replicas: 2");
    expect(amended(two, observed).text).toBe(observed);
  });

  test("what an environment inherits is written for that environment alone", () => {
    const observed = staging(two, "{ replicas: 1 }", "{ replicas: 1, image: other }");
    const { text, unwritten } = amended(two, observed);
    expect(unwritten).toEqual([]);
    expect(text).toBe(observed);
  });

  test("what production has and staging inherits is written for production alone", () => {
    const observed = two.replace(
      "    production: {}",
      "    production: { applications: { web: { image: other } } }",
    );
    const { text, unwritten } = amended(two, observed);
    expect(unwritten).toEqual([]);
    expect(text).toBe(observed);
  });
});

describe("what cannot be written leaves the text alone", () => {
  const whyOf = (text: string, observed: string, others: Files = {}) => {
    const result = amended(text, observed, others);
    expect(result.text).toBe(text);
    expect(result.written).toEqual([]);
    return result.unwritten;
  };

  test("a value that is made of references", () => {
    const text = shop.replace("MODE: live", "MODE: $(name)-live");
    const [one] = whyOf(text, text.replace("$(name)-live", "debug"));
    expect(one).toEqual({
      ...{ service: "app/web", path: "env.MODE" },
      why: "its value is made of references",
    });
  });

  test("a value that an anchor shares", () => {
    const text = shop
      .replace('image: "ghcr.io/acme/web:1"', 'image: &image "ghcr.io/acme/web:1"')
      .replace("LEVEL: info", "LEVEL: *image");
    const observed = shop
      .replace('web:1"', 'web:2"')
      .replace("LEVEL: info", 'LEVEL: "ghcr.io/acme/web:1"');
    expect(whyOf(text, observed)[0]?.why).toBe(
      "an anchor stands there: other places have the same value",
    );
  });

  test("what a template says", () => {
    const template = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: base }
spec:
  stack:
    applications:
      web: { image: "ghcr.io/acme/web:1", replicas: 2 }
`;
    const own =
      "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\nspec:\n  template: base\n";
    const others = { "stacks/base.yaml": template };
    const [one] = whyOf(own, `${own}  applications: { web: { replicas: 3 } }\n`, others);
    expect(one?.why).toBe("it comes from the template base, which other stacks use too");

    // What the stack's own manifest says over the template is its own.
    const over = `${own}  applications:\n    web: { replicas: 3 } # more\n`;
    const more = over.replace("3", "4");
    expect(amended(over, more, others)).toMatchObject({ text: more, unwritten: [] });
    const [image] = whyOf(over, over.replace("replicas: 3", "replicas: 3, image: other"), others);
    expect(image?.why).toContain("the template base");
  });

  test("the content of a file", () => {
    const mount = (content: string): string =>
      shop.replace(
        "target: /data }\n",
        `target: /data }\n        - { type: file, content: "${content}", target: /f }\n`,
      );
    expect(whyOf(mount("one"), mount("two"))[0]?.why).toBe(
      "it holds a content that Capstan does not write",
    );
  });

  test("what a command before the rollout would run with", () => {
    const text = shop.replace(
      "      replicas: 2\n",
      "      replicas: 2\n      rollout: { before: { command: ./migrate } }\n",
    );
    const observed = text.replace("web:1", "web:2");
    const unwritten = whyOf(text, observed);
    expect(unwritten.find(({ service }) => service === "job/web")?.why).toContain("Capstan's own");
  });
});
