// The repository of an application, which Dokploy clones and builds: a real one on a Git server, and the simulator's view
// of it. A commit whose file `FAIL` has a text fails to build with that text.
import type { Branch, Commit, Repositories } from "../../src/simulator/repositories.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import { serveRepository } from "./git-http.ts";

export interface CodeRepository {
  readonly repository: TestRepository;
  /** As manifests name it. */
  readonly url: string;
  readonly repositories: Repositories;
  /** How many requests its server has answered. */
  requests(): number;
  /** From now on nobody sees its branches; Dokploy clones it all the same. */
  hide(isHidden: boolean): void;
  /** A commit with this subject; `failure`: what its build says. Its hash. */
  commit(subject: string, failure?: string, compose?: string): Promise<string>;
  /** A commit of these files alone. */
  push(files: Readonly<Record<string, string>>, subject: string): Promise<string>;
  close(): Promise<void>;
}

export async function createCodeRepository(): Promise<CodeRepository> {
  const repository = await createTestRepository();
  let isHidden = false;
  let isClosed = false;
  /** A build may outlive its test, and then finds no repository there. */
  async function whileOpen<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return isClosed ? null : await read();
    } catch (error) {
      if (isClosed) return null;
      throw error;
    }
  }
  const server = await serveRepository(repository.url, () =>
    isHidden ? { kind: "status", status: 503 } : { kind: "serve" },
  );
  const git = (...args: readonly string[]): Promise<string> => repository.git(...args);
  let count = 0;

  async function at(ref: string): Promise<Commit | "ref"> {
    const named = await git(
      "for-each-ref",
      // Of a tag that is an object of its own, the commit that it names.
      "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)",
      `refs/heads/${ref}`,
      `refs/tags/${ref}`,
    );
    const [hash = ""] = named.split("\n");
    if (hash === "") return "ref";
    const title = (await git("log", "-1", "--format=%s", hash)).trim();
    const failure = await git("show", `${hash}:FAIL`).catch(() => "");
    const compose = await git("show", `${hash}:docker-compose.yml`).catch(() => "");
    const files = { "docker-compose.yml": compose };
    return { hash, title, files, ...(failure === "" ? {} : { failure }) };
  }

  async function branches(): Promise<Branch[]> {
    const lines = await git(
      "for-each-ref",
      "--format=%(objectname) %(refname:short)",
      "refs/heads",
    );
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ hash: line.slice(0, 40), name: line.slice(41) }));
  }

  return {
    repository,
    url: server.url,
    requests: () => server.answered(),
    hide(isHiddenNow) {
      isHidden = isHiddenNow;
    },
    repositories: {
      // Providers' addresses are not those of this server.
      at: (url, ref) => (url.includes("gone") ? Promise.resolve(null) : whileOpen(() => at(ref))),
      branches: (url) => (url.includes("gone") ? Promise.resolve(null) : whileOpen(branches)),
      paths: ["acme/shop"],
    },
    commit(subject, failure, compose) {
      count += 1;
      const files = { "index.html": `${count}`, FAIL: failure ?? null };
      const file = compose === undefined ? {} : { "docker-compose.yml": compose };
      return repository.push({ ...files, ...file }, subject);
    },
    push: (files, subject) => repository.push(files, subject),
    async close() {
      isClosed = true;
      await server.close();
      await repository.remove();
    },
  };
}
