// What becomes of a stack for the preview of a pull request: nothing of it may meet its stack on the server.
import { expect, test } from "vitest";
import { loadPreviews } from "../../../src/manifest/preview/load.ts";
import type { PreviewLoad } from "../../../src/manifest/preview/documents.ts";
import type { LoadedPreview } from "../../../src/manifest/preview/load.ts";
import type { Grants } from "../../../src/manifest/preview/granted.ts";
import { load, hasher, problemText, secretValue, serviceOf, variables } from "../support.ts";
import type { Texts } from "../support.ts";
import type { findPolicies } from "../../../src/manifest/policy/find-policies.ts";

function previewOf(
  texts: Texts,
  {
    grants = {},
    taken = load(texts).claims,
    stack = "shop",
    pull = 7,
    judgedBy,
  }: {
    readonly grants?: Grants;
    readonly taken?: PreviewLoad["taken"];
    readonly stack?: string;
    readonly pull?: number;
    readonly judgedBy?: ReturnType<typeof findPolicies>["set"];
  } = {},
): LoadedPreview {
  const files = Object.entries(texts).map(([path, text]) => ({
    path,
    content: typeof text === "string" ? new TextEncoder().encode(text) : text,
  }));
  const { previews } = loadPreviews({
    tree: { files, unreadable: [] },
    root: "",
    variables,
    secret: (name) => (name.startsWith("missing") ? null : secretValue(name)),
    reservedNames: [],
    hasher,
    previews: { repository: null, pull, stacks: new Map([[stack, grants]]), taken },
    ...(judgedBy === undefined ? {} : { policies: { judgedBy } }),
  });
  return [...previews.values()][0]!;
}
test("the stack of these tests is valid", () => {
  expect(load(texts("{}")).problems.map(problemText)).toEqual([]);
});
const desiredOf = (preview: LoadedPreview) => {
  if (preview.desired === null) throw new Error(preview.problems.map(problemText).join("\n"));
  return preview.desired;
};
const wrongOf = (preview: LoadedPreview) => preview.problems.map(problemText).join("\n");

const shop = (preview: string, more = ""): string => `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop, labels: { team: web }, previousName: store }
spec:
  project: The shop
  dependsOn: [base]
  adopt: true
  sync: { selfHeal: false, windows: [ { allow: "0 6 * * *", for: 1h } ] }
  preview: ${preview}
  environments: { staging: { applications: { web: null }, databases: { main: null } } }
  applications:
    web:
      image: ghcr.io/acme/web:1
      aliases: [front]
      env: { DATABASE_URL: $(services.main.url), NAME: $(name) }
      domains: [ { host: shop.example.com, port: 80 }, { host: $(name).shops.example.com, port: 80 } ]
      ports: [ { published: 2222, target: 22 } ]
      mounts:
        - { type: bind, source: /etc, target: /host }
        - { type: volume, source: uploads, target: /data }
        - { type: volume, source: everybody, target: /all, external: true }
      schedules: { clean: { cron: "0 2 * * *", command: clean } }
      rollout: { onFailure: rollback, after: { workflow: build.yaml, repository: acme/web }, stableFor: 5s }
  databases:
    main:
      type: postgres
      image: postgres:17
      database: shop
      user: shop
      password: $(secrets.db)
      externalPort: 5432
      backups: { nightly: { cron: "0 3 * * *", destination: s3, database: shop } }
${more}`;
const base = `apiVersion: capstan/v1
kind: Stack
metadata: { name: base }
spec: {}
`;
const texts = (preview: string, more?: string): Texts => ({
  "shop.yaml": shop(preview, more),
  "base.yaml": base,
});
const db = { db: "db-preview" };

test("a preview is a stack of its own: name, project, hosts, no ports, names, folders, clocks or windows", () => {
  const preview = desiredOf(previewOf(texts("{}"), { grants: db }));
  expect(preview).toMatchObject({
    name: "pr-7-shop",
    project: "pr-7-shop",
    previousName: null,
    description: "Preview of shop for pull request #7.",
    dependsOn: [],
    adopt: false,
    deletionPolicy: "delete",
    sync: { selfHeal: true, prune: true, windows: [] },
    environments: ["production"],
    labels: { team: "web" },
  });
  expect(preview.preview?.label).toBe("preview");
  const web = serviceOf(preview, "app/web");
  expect(web.appName).toBe("pr-7-shop-web");
  expect(web.rollout).toMatchObject({ onFailure: "keep", after: null, stableForMs: 5_000 });
  if (web.kind !== "application") throw new Error("no application");
  expect(web.spec.domains.map(({ host }) => host)).toEqual([
    "pr-7.shop.example.com",
    "pr-7-shop.shops.example.com",
  ]);
  expect(web.spec.aliases).toEqual(["pr-7-shop-web"]);
  expect(web.spec.ports).toEqual([]);
  expect(web.spec.mounts).toEqual([
    { type: "volume", volume: "pr-7-shop-uploads", target: "/data" },
    { type: "volume", volume: "pr-7-shop-everybody", target: "/all" },
  ]);
  expect(web.spec.schedules).toEqual([]);
  expect(web.spec.env.NAME).toBe("pr-7-shop");
  expect(web.spec.env.DATABASE_URL).toBe(
    `postgresql://shop:${secretValue("db-preview")}@pr-7-shop-main:5432/shop`,
  );
  const main = serviceOf(preview, "db/main");
  expect(main.deletionPolicy).toBe("delete");
  expect(main.spec).toMatchObject({ externalPort: null, backups: [] });
});

test("the overlay is merged over the services, and what it says itself stays", () => {
  const overlay = `{ overlay: { applications: { web: { image: "ghcr.io/acme/web:9", schedules: { seed: { cron: "0 1 * * *", command: seed } }, mounts: [ { type: bind, source: /srv/samples, target: /samples } ], domains: [ { host: $(name).previews.example.com, port: 80 }, { host: fixed.example.com, port: 80 } ] }, mail: { image: mailpit } }, databases: { main: { password: plain, image: null } } } }`;
  const both = overlay.replace(", image: null", "");
  const preview = desiredOf(previewOf(texts(both)));
  const web = serviceOf(preview, "app/web");
  if (web.kind !== "application") throw new Error("no application");
  expect(web.spec.image).toBe("ghcr.io/acme/web:9");
  expect(web.spec.schedules.map(({ name }) => name)).toEqual(["seed"]);
  expect(web.spec.mounts).toEqual([{ type: "bind", source: "/srv/samples", target: "/samples" }]);
  expect(web.spec.domains.map(({ host }) => host)).toEqual([
    "pr-7-shop.previews.example.com",
    "pr-7.fixed.example.com",
  ]);
  expect(preview.services.map(({ key }) => key)).toEqual(["app/mail", "app/web", "db/main"]);
});

test("a secret that is not listed is refused where it is named, and a listed one may be another", () => {
  expect(wrongOf(previewOf(texts("{ secrets: [db] }"), { grants: {} }))).toContain(
    "[pr-7-shop] the secret `db` cannot be read: a preview may read only the secrets of `preview.secrets`",
  );
  expect(wrongOf(previewOf(texts("{ secrets: [db] }"), { grants: null }))).toContain(
    "the branch's list counts",
  );
  const own = desiredOf(previewOf(texts("{}"), { grants: { db: "db" } }));
  expect(JSON.stringify(own.services.map(({ spec }) => spec))).toContain(secretValue("db"));
  const other = desiredOf(previewOf(texts("{}"), { grants: db }));
  expect(JSON.stringify(other)).not.toContain(`${secretValue("db")}@`);
});

test("the branch's stack says which secrets a preview may read, as a list or as a map", () => {
  const specOf = (preview: string) =>
    load(texts(preview)).stacks.find(({ name }) => name === "shop")?.preview;
  expect(specOf("{ secrets: [DB_PASSWORD, mail] }")).toEqual({
    label: "preview",
    ttlMs: 3 * 86_400_000,
    limit: 3,
    secrets: { "db-password": "DB_PASSWORD", mail: "mail" },
  });
  expect(specOf("{ secrets: { DB_PASSWORD: db-preview }, ttl: 2h, label: try, limit: 1 }")).toEqual(
    {
      label: "try",
      ttlMs: 7_200_000,
      limit: 1,
      secrets: { "db-password": "db-preview" },
    },
  );
});

test.each([
  ["{ lable: x }", "`preview.lable` is unknown"],
  ["{ ttl: 1m }", "`preview.ttl` must be between 10m and 90d"],
  ["{ ttl: 1y }", "`preview.ttl` must be a duration"],
  ["{ limit: 0 }", "`preview.limit` must be at least 1"],
  ["{ label: $(secrets.db) }", "`preview.label` is visible to everybody"],
  [
    "{ overlay: { applications: { web: { imge: x } } } }",
    "`preview.overlay.applications.web.imge` is unknown",
  ],
  ["{ overlay: { project: x } }", "`preview.overlay.project` is unknown"],
])("%s is a mistake in the branch: %s", (preview, words) => {
  expect(load(texts(preview)).problems.map(problemText).join("\n")).toContain(words);
});

test("a stack in Git may not have the name of a preview, and stays as it is", () => {
  const desired = load({ "a.yaml": base.replace("name: base", "name: pr-7-shop") });
  expect(desired.problems.map(problemText)).toEqual([
    "a.yaml:3:19 [pr-7-shop] the name `pr-7-shop` is of the form that previews of pull requests have (choose one that does not begin with pr-<number>-)",
  ]);
  expect(desired.brokenStacks).toEqual(new Set(["pr-7-shop"]));
  expect(desired.namesUnknown).toBe(false);
});

test("O2 what another stack has already is refused, and told where", () => {
  const overlay = `{ overlay: { applications: { web: { ports: [ { published: 2222, target: 22 } ] } } } }`;
  const preview = previewOf(texts(overlay), { grants: db });
  expect(wrongOf(preview)).toContain(
    "the port 2222/tcp of the preview is that of the stack shop already",
  );
  const taken = new Map([["the domain pr-7.shop.example.com", "pr-7-other"]]);
  expect(wrongOf(previewOf(texts("{}"), { grants: db, taken }))).toContain(
    "the domain pr-7.shop.example.com of the preview is that of the stack pr-7-other already",
  );
});

test("P9 policies judge a preview as its stack: by path, labels, name and project, and by its own hosts", () => {
  const judgedBy = (allow: string) =>
    load({
      ...texts("{}"),
      "policies/p.yaml": `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: p }\nspec: { match: { labels: { team: web } }, allow: { ${allow} } }\n`,
    }).policies.own;
  const by = (allow: string) => previewOf(texts("{}"), { grants: db, judgedBy: judgedBy(allow) });
  const fine =
    "names: [shop], projects: ['The shop'], deletionPolicies: [retain], secrets: [db-preview]";
  expect(desiredOf(by(fine)).name).toBe("pr-7-shop");
  expect(wrongOf(by("hosts: ['shop.example.com']"))).toContain(
    "asks for the host pr-7.shop.example.com",
  );
  expect(wrongOf(by("secrets: [db]"))).toContain("reads the secret db-preview");
  expect(wrongOf(by("images: [docker.io/acme/*]"))).toContain("runs the image ghcr.io/acme/web:1");
});

test("a name that is too long for a preview is told", () => {
  const name = "a-shop-with-a-rather-long-name-of-37c";
  const long = { "shop.yaml": base.replace("name: base", `name: ${name}`) };
  expect(wrongOf(previewOf(long, { stack: name }))).toContain("longer than 40 characters");
});

const files = (compose: string, overlay = "{}"): Texts => ({
  "shop.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  preview: { overlay: ${overlay} }
  compose:
    files:
      domains: [ { host: files.example.com, port: 80, service: web } ]
      file: compose.yaml
`,
  "compose.yaml": compose,
  "other.yaml": "services: { web: { image: nginx } }\n",
  ".capstanignore": "compose.yaml\nother.yaml\n",
});

test("a compose service gets a network of its own, and its data go with it", () => {
  const preview = desiredOf(
    previewOf(
      files(
        "services: { web: { image: nginx, volumes: ['data:/data'] } }\nvolumes: { data: {} }\n",
      ),
    ),
  );
  const [service] = preview.services;
  expect(service).toMatchObject({ deletionPolicy: "delete", spec: { isolated: true } });
});

test.each([
  ["services: { web: { image: nginx, ports: ['8080:80'] } }", "publishes a port of the host"],
  ["services: { web: { image: nginx, volumes: ['/etc:/etc'] } }", "mounts a folder of the host"],
  [
    "services: { web: { image: nginx, volumes: ['x:/x'] } }\nvolumes: { x: { external: true } }",
    "takes a volume by its name",
  ],
  [
    "services: { web: { image: nginx, container_name: web } }",
    "the container web of the preview is that of the stack shop",
  ],
  [
    "services: { web: { image: nginx, labels: ['traefik.http.routers.x.rule=Host(`files.example.com`)'] } }",
    "leads a host to it",
  ],
])(
  "a compose file that takes something by its name on the server is refused: %s",
  (compose, words) => {
    expect(wrongOf(previewOf(files(`${compose}\n`)))).toContain(words);
    const own = files(`${compose}\n`, "{ compose: { files: { file: other.yaml } } }");
    expect(desiredOf(previewOf(own)).name).toBe("pr-7-shop");
  },
);
