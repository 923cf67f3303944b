// Addresses of a Git host's pages: a commit, a line of a file, a pull request. Pure; nothing is asked.
import type { ForgeKind } from "../model/forge.ts";

export interface WebLinks {
  /** Null for what is not the whole id of a commit, such as the hash of a folder. */
  commit(sha: string): string | null;
  line(sha: string, file: string, line: number): string | null;
  pull(number: number): string;
}

export interface WebLinksOptions {
  readonly kind: ForgeKind;
  /** Of the API or of the start page, as FORGE_URL has it. */
  readonly url: string;
  readonly repository: string;
}

interface Paths {
  readonly commit: (sha: string) => string;
  readonly file: (sha: string) => string;
  readonly pull: (number: number) => string;
}

const gitea: Paths = {
  commit: (sha) => `commit/${sha}`,
  file: (sha) => `src/commit/${sha}`,
  pull: (number) => `pulls/${number}`,
};

const paths: Readonly<Record<ForgeKind, Paths>> = {
  gitea,
  forgejo: gitea,
  github: {
    commit: (sha) => `commit/${sha}`,
    file: (sha) => `blob/${sha}`,
    pull: (number) => `pull/${number}`,
  },
  gitlab: {
    commit: (sha) => `-/commit/${sha}`,
    file: (sha) => `-/blob/${sha}`,
    pull: (number) => `-/merge_requests/${number}`,
  },
};

const wholeId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Where people look, which is not where GitHub's API lives. */
export function pagesOf({ kind, url }: Pick<WebLinksOptions, "kind" | "url">): string {
  const withoutApi = url.replace(/\/+$/, "").replace(/\/api\/v\d+$/, "");
  return kind === "github"
    ? withoutApi.replace(/^(https?:\/\/)api\.(?=github\.com$|[^./]+\.ghe\.com$)/, "$1")
    : withoutApi;
}

export function webLinks(options: WebLinksOptions): WebLinks {
  const base = `${pagesOf(options)}/${encoded(options.repository)}`;
  const { commit, file, pull } = paths[options.kind];
  return {
    commit: (sha) => (wholeId.test(sha) ? `${base}/${commit(sha)}` : null),
    line: (sha, path, line) =>
      wholeId.test(sha) ? `${base}/${file(sha)}/${encoded(path)}#L${line}` : null,
    pull: (number) => `${base}/${pull(number)}`,
  };
}
