// The branches of a repository, as one of Dokploy's Git providers reads them: Capstan has no login of its own there.
import { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import type { Call } from "./calls.ts";
import { take } from "./client.ts";
import type { Client } from "./client.ts";
import { namedOne, readNamed } from "./named.ts";
import type { ProviderType } from "./named.ts";
import { shaped } from "./reading.ts";

const commit = z
  .union([
    z.object({ sha: z.string() }).transform(({ sha }) => sha),
    z.object({ id: z.string() }).transform(({ id }) => id),
  ])
  .nullable();

const branchList = z.array(z.object({ name: z.string(), commit }));
const projectList = z.array(z.object({ id: z.number(), url: z.string() }));

interface Wanted {
  /** The provider's, by which services name it. */
  readonly id: string;
  readonly owner: string;
  readonly name: string;
}

const calls: Readonly<Record<Exclude<ProviderType, "gitlab">, (wanted: Wanted) => Call>> = {
  github: ({ id: githubId, owner, name: repo }) => ({
    procedure: "github.getGithubBranches",
    input: { githubId, owner, repo },
  }),
  gitea: ({ id: giteaId, owner, name: repositoryName }) => ({
    procedure: "gitea.getGiteaBranches",
    input: { giteaId, owner, repositoryName },
  }),
  bitbucket: ({ id: bitbucketId, owner, name: repo }) => ({
    procedure: "bitbucket.getBitbucketBranches",
    input: { bitbucketId, owner, repo },
  }),
};

async function read<S extends z.ZodType>(
  client: Pick<Client, "read">,
  call: Call,
  schema: S,
): Promise<z.output<S>> {
  const asked = { procedure: call.procedure, isWrite: false, via: "api" } as const;
  return shaped(schema, take(await client.read(call)), asked);
}

/** GitLab's projects are asked for by a number, which its list tells. */
async function gitlabCall(client: Pick<Client, "read">, wanted: Wanted): Promise<Call> {
  const { id: gitlabId, owner, name: repo } = wanted;
  const list: Call = { procedure: "gitlab.getGitlabRepositories", input: { gitlabId } };
  const projects = await read(client, list, projectList);
  const path = `${owner}/${repo}`.toLowerCase();
  const project = projects.find(({ url }) => url.toLowerCase() === path);
  if (project === undefined) {
    throw new CapstanError("not-found", `the Git provider lists no repository ${owner}/${repo}`, {
      hint: "check its name, and the group of the provider in Dokploy",
    });
  }
  return {
    procedure: "gitlab.getGitlabBranches",
    input: { gitlabId, id: project.id, owner, repo },
  };
}

/** By branch, its newest commit. `repository`: `owner/name`. Throws as reads do. */
export async function readBranches(
  client: Pick<Client, "read">,
  provider: string,
  repository: string,
): Promise<ReadonlyMap<string, string>> {
  const { id, type = "gitea" } = namedOne(
    await readNamed(client, ["provider"]),
    "provider",
    provider,
  );
  const slash = repository.lastIndexOf("/");
  const wanted = { id, owner: repository.slice(0, slash), name: repository.slice(slash + 1) };
  const call = type === "gitlab" ? await gitlabCall(client, wanted) : calls[type](wanted);
  const branches = await read(client, call, branchList);
  return new Map(
    branches.flatMap(({ name, commit: head }) => (head === null ? [] : [[name, head] as const])),
  );
}
