// A controller with a stack that has previews, a little Gitea beside it, and what people see of both.
import { expect } from "vitest";
import { openForgeBench } from "./forge-bench.ts";
import type { ForgeBench, ForgeBenchOptions } from "./forge-bench.ts";
import type { FakePull } from "./fake-gitea-pulls.ts";
import { simpleStack } from "./scenario.ts";
import { until } from "./until.ts";

type Files = Readonly<Record<string, string | null>>;

export interface PreviewBench extends ForgeBench {
  /** The stack with its database, with another image or other words on previews. */
  shop(image?: string, preview?: string): string;
  /** The stack with another version of its image. */
  changed(version: number): Files;
  propose(
    branch: string,
    files: Files,
    more?: { readonly labels?: readonly string[]; readonly fork?: true },
  ): Promise<FakePull>;
  /** Names, sorted. */
  projects(): readonly string[];
  /** Of the postgres databases, as Capstan asked for them, sorted. */
  databases(): readonly string[];
  image(appName: string): string | null | undefined;
  /** What Capstan comments on it. */
  comment(pull: FakePull): string;
  told(pull: FakePull, words: string): Promise<void>;
  gone(name: string): Promise<void>;
}

const database = `  databases:
    main: { type: postgres, image: "postgres:17", database: shop, user: shop, password: $(secrets.db), rollout: { stableFor: 0s, timeout: 20s } }`;

export async function openPreviewBench(
  options: Partial<ForgeBenchOptions> & { readonly preview?: string } = {},
): Promise<PreviewBench> {
  const usual = options.preview ?? "{ secrets: { db: db-preview } }";
  const shop = (image = "ghcr.io/acme/web:1", preview = usual): string =>
    simpleStack("shop", { image, extra: `  preview: ${preview}\n${database}` });
  const bench = await openForgeBench({
    ...options,
    files: {
      "stacks/shop.yaml": shop(),
      "stacks/keep.yaml": simpleStack("keep"),
      ...options.files,
    },
    environment: {
      SECRET_DB: "production-word-1",
      SECRET_DB_PREVIEW: "preview-word-2",
      ...options.environment,
    },
  });
  bench.gitea.permissions.set("maria", "write");
  bench.gitea.permissions.set("eve", "read");
  await bench.ready("shop");
  const { simulator, gitea } = bench;
  const projects = (): readonly string[] =>
    [...simulator.state.projects.values()].map(({ name }) => name).sort();
  const comment = (pull: FakePull): string =>
    gitea.comments.find((one) => one.pull === pull.number && one.author === gitea.login)?.body ??
    "";

  return {
    ...bench,
    ...{ shop, projects, comment },
    changed: (version) => ({ "stacks/shop.yaml": shop(`ghcr.io/acme/web:${version}`) }),
    async propose(branch, files, { labels = [], fork } = {}) {
      const sha = await bench.commitTo(branch, files);
      if (fork) await bench.repository.git("update-ref", "-d", `refs/heads/${branch}`);
      const pull = await gitea.addPull({
        ...{ title: branch, head: branch, labels },
        ...(fork ? { fork: { sha } } : {}),
      });
      await bench.deliverPull(pull, "opened");
      return pull;
    },
    databases: () =>
      [...simulator.state.postgres.values()]
        .map(({ appName }) => appName.replace(/-[^-]*$/, ""))
        .sort(),
    image: (appName) =>
      [...simulator.state.applications.values()].find((one) => one.appName.startsWith(appName))
        ?.dockerImage,
    async told(pull, words) {
      try {
        await until("its comment says so", () => comment(pull).includes(words));
      } catch {
        expect(comment(pull)).toContain(words);
      }
    },
    async gone(name) {
      await until(`${name} is gone`, () => !projects().includes(name));
    },
  };
}
