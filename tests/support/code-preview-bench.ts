// A stack with previews whose service is built from a repository of its own: both repositories on one little Gitea, and
// the simulator builds what their branches hold.
import { expect } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { previewName } from "../../src/model/preview-name.ts";
import type { Repositories } from "../../src/simulator/repositories.ts";
import type { ApplicationRow } from "../../src/simulator/serviceRows.ts";
import { createCodeRepository } from "./code-repository.ts";
import type { FakePull } from "./fake-gitea-pulls.ts";
import type { FakeOther } from "./fake-gitea.ts";
import { openForgeBench } from "./forge-bench.ts";
import type { ForgeBench, ForgeBenchOptions } from "./forge-bench.ts";
import { addNamed } from "./git-sources.ts";
import { simpleStack } from "./scenario.ts";
import { until } from "./until.ts";

/** Of the application, in capitals as a manifest may have it. */
export const codeName = "acme/Web";

/** A name as Dokploy is asked for it: without two hyphens in a row. */
export const flat = (name: string): string => name.replaceAll(/-+/g, "-");

export interface CodePreviewBench extends ForgeBench {
  /** The application's repository on the host. */
  readonly code: FakeOther;
  /** The stack, with another environment, other words on previews or more services. */
  shop(given?: ShopText): string;
  /** A commit on a branch of the application; its id. */
  commitCode(branch: string, subject: string): Promise<string>;
  proposeCode(
    branch: string,
    more?: { readonly labels?: readonly string[]; readonly fork?: true; readonly base?: string },
  ): Promise<FakePull>;
  deliverCode(pull: FakePull, action: string): Promise<number>;
  commentCode(pull: FakePull, author: string, body: string): Promise<number>;
  /** The name of its preview: `pr-1--k3f9x2-shop`. */
  nameOf(pull: FakePull, stack?: string): string;
  /** What Capstan comments on it, all of it. */
  comments(pull: FakePull): readonly string[];
  told(pull: FakePull, words: string): Promise<void>;
  gone(name: string): Promise<void>;
  /** Names, sorted. */
  projects(): readonly string[];
  application(appName: string): ApplicationRow | undefined;
  /** The branch that it builds, and the commit that was last rolled out. */
  built(appName: string): string;
  /** Of the postgres databases, as Capstan asked for them, sorted. */
  databases(): readonly string[];
  /** What stands in the stack's status. */
  message(stack: string): string;
  /** How often the host was asked for the application's pull requests. */
  asked(): number;
}

export interface ShopText {
  readonly mode?: string;
  readonly preview?: string;
  /** More of the application's `git`, with a comma before it. */
  readonly git?: string;
  /** More services, as lines below `applications`. */
  readonly more?: string;
}

const database = `  databases:
    main: { type: postgres, image: "postgres:17", database: shop, user: shop, password: $(secrets.db), rollout: { stableFor: 0s, timeout: 20s } }`;

export async function openCodePreviewBench(
  options: Partial<ForgeBenchOptions> & {
    readonly shop?: ShopText;
    /** More branches of the application. */
    readonly branches?: readonly string[];
  } = {},
): Promise<CodePreviewBench> {
  const code = await createCodeRepository();
  const first = await code.commit("first");
  for (const branch of options.branches ?? []) {
    await code.repository.git("update-ref", `refs/heads/${branch}`, first);
  }
  const shop = ({ mode = "live", preview, git = "", more = "" }: ShopText = {}): string =>
    [
      "apiVersion: capstan/v1",
      "kind: Stack",
      "metadata: { name: shop }",
      "spec:",
      `  preview: ${preview ?? "{ secrets: { db: db-preview } }"}`,
      "  applications:",
      "    web:",
      `      git: { provider: our gitea, repository: ${codeName}${git} }`,
      `      env: { MODE: ${mode} }`,
      "      domains: [{ host: shop.example.com, port: 8080 }]",
      "      rollout: { stableFor: 0s, timeout: 60s }",
      ...(more === "" ? [] : [more]),
      database,
      "",
    ].join("\n");
  /** What is built from the stacks' own repository is there. */
  const whereIs: Repositories["at"] = async (url, ref) => {
    if (!url.endsWith("acme/stacks.git")) return code.repositories.at(url, ref);
    const hash = (await opened?.gitea.git.ref(`refs/heads/${ref}`)) ?? null;
    return hash === null ? "ref" : { hash, title: ref };
  };
  let opened: ForgeBench | null = null;
  const bench = await openForgeBench({
    ...options,
    files: {
      "stacks/shop.yaml": shop(options.shop),
      "stacks/keep.yaml": simpleStack("keep"),
      ...options.files,
    },
    simulator: {
      repositories: { ...code.repositories, at: whereIs, paths: [codeName, "acme/stacks"] },
    },
    others: { "acme/web": code.repository.url },
    prepare: addNamed,
    environment: {
      SECRET_DB: "production-word-1",
      SECRET_DB_PREVIEW: "preview-word-2",
      ...options.environment,
    },
  });
  opened = bench;
  const { gitea, simulator } = bench;
  const other = gitea.others.get("acme/web")!;
  other.permissions.set("maria", "write");
  other.permissions.set("eve", "read");
  // Who may write to one repository may not for that write to the other.
  gitea.permissions.set("olga", "write");
  await bench.ready("shop");
  const person = { name: "Test Person", email: "person@example.com" };
  const repository = { full_name: "acme/web" };
  const applications = (): readonly ApplicationRow[] => [...simulator.state.applications.values()];
  const application = (appName: string): ApplicationRow | undefined =>
    applications().find((one) => one.appName.startsWith(flat(appName)));
  const comments = (pull: FakePull): readonly string[] =>
    other.comments
      .filter((one) => one.pull === pull.number && one.author === gitea.login)
      .map(({ body }) => body);
  const projects = (): readonly string[] =>
    [...simulator.state.projects.values()].map(({ name }) => name).sort();
  const statusOf = (stack: string) =>
    bench
      .controller()
      .engine.stacks()
      .find(({ name }) => name === stack);

  const made: CodePreviewBench = {
    ...bench,
    ...{ code: other, shop, comments, projects, application },
    nameOf: (pull, stack = "shop") =>
      previewName({ repository: codeName, pull: pull.number }, stack),
    async commitCode(branch, subject) {
      const ref = `refs/heads/${branch}`;
      const parent = (await other.git.ref(ref)) ?? (await other.git.ref("refs/heads/main"));
      const commit = await other.git.write({
        parent,
        changes: new Map([["index.html", subject]]),
        ...{ message: subject, author: person, committer: person },
      });
      await other.git.setRef(ref, commit);
      return commit;
    },
    async proposeCode(branch, { labels = [], fork, base } = {}) {
      const sha = await made.commitCode(branch, `on ${branch}`);
      if (fork) await code.repository.git("update-ref", "-d", `refs/heads/${branch}`);
      const pull = await other.addPull({
        ...{ title: branch, head: branch, labels },
        ...(base === undefined ? {} : { base }),
        ...(fork ? { fork: { sha } } : {}),
      });
      await made.deliverCode(pull, "opened");
      return pull;
    },
    deliverCode: (pull, action) =>
      bench.deliver("pull_request", {
        ...{ action, repository, number: pull.number },
        pull_request: {
          ...{ number: pull.number, state: pull.state, merged: pull.merged },
          base: { ref: pull.base },
        },
      }),
    commentCode(pull, author, body) {
      const comment = other.addComment(pull.number, author, body);
      return bench.deliver("issue_comment", {
        ...{ action: "created", repository, is_pull: true, issue: { number: pull.number } },
        comment: { id: comment.id, body, user: { login: author } },
        sender: { login: author },
      });
    },
    async told(pull, words) {
      const all = (): string => comments(pull).join("\n");
      try {
        await until("its comment says so", () => all().includes(words));
      } catch {
        expect(all()).toContain(words);
      }
    },
    async gone(name) {
      await until(`${name} is gone`, () => !projects().includes(name));
    },
    built(appName) {
      const row = application(appName);
      const commit = parseMarker(row?.description ?? null)?.commit;
      return `${String(row?.giteaBranch)}@${commit ?? "nothing"}`;
    },
    databases: () =>
      [...simulator.state.postgres.values()]
        .map(({ appName }) => appName.replace(/-[^-]*$/, ""))
        .sort(),
    message: (stack) =>
      statusOf(stack)?.conditions.find(({ type }) => type === "Ready")?.message ?? "",
    asked: () => gitea.calls.filter(({ path }) => /^\/repos\/acme\/web\/pulls$/i.test(path)).length,
    async close() {
      await bench.close();
      await code.close();
    },
  };
  return made;
}
