/** What Git providers tell of repositories. Nothing of it is recorded: it follows the server's source. */
import { z } from "zod";
import { fail } from "../failure.ts";
import type { GitProviderRow, ProviderType } from "../namedRows.ts";
import { query, type Router } from "../procedure.ts";
import { syntheticCommit, type Branch } from "../repositories.ts";
import type { Call } from "../world.ts";

function providerOf(call: Call, type: ProviderType, id: string | undefined): GitProviderRow | null {
  if (id === undefined) return null;
  const rows = [...call.world.tables.gitProviders.values()];
  const row = rows.find((one) => one.providerType === type && one.id === id);
  if (row === undefined) throw fail("NOT_FOUND", `${type} Provider not found`);
  return row;
}

async function branchesOf(call: Call, provider: GitProviderRow, path: string): Promise<Branch[]> {
  const url = `${provider.url}/${path}.git`;
  const { repositories } = call.world;
  if (repositories === null) return [{ name: "main", hash: syntheticCommit(url).hash }];
  const found = await repositories.branches(url);
  if (found === null) throw fail("BAD_REQUEST", "Failed to fetch branches: Not Found");
  return found;
}

const shape = { owner: z.string(), repo: z.string() };

export const githubRouter: Router = {
  getGithubBranches: query(
    z.object({ ...shape, githubId: z.string().optional() }),
    async ({ githubId, owner, repo }, call) => {
      const provider = providerOf(call, "github", githubId);
      const list = provider === null ? [] : await branchesOf(call, provider, `${owner}/${repo}`);
      return list.map(({ name, hash }) => ({ name, commit: { sha: hash }, protected: false }));
    },
  ),
};

export const giteaRouter: Router = {
  getGiteaBranches: query(
    z.object({ owner: z.string(), repositoryName: z.string(), giteaId: z.string().optional() }),
    async ({ giteaId, owner, repositoryName }, call) => {
      const provider = providerOf(call, "gitea", giteaId);
      const path = `${owner}/${repositoryName}`;
      const list = provider === null ? [] : await branchesOf(call, provider, path);
      return list.map(({ name, hash }) => ({ id: name, name, commit: { id: hash } }));
    },
  ),
};

export const bitbucketRouter: Router = {
  getBitbucketBranches: query(
    z.object({ ...shape, bitbucketId: z.string().optional() }),
    async ({ bitbucketId, owner, repo }, call) => {
      const provider = providerOf(call, "bitbucket", bitbucketId);
      const list = provider === null ? [] : await branchesOf(call, provider, `${owner}/${repo}`);
      return list.map(({ name, hash }) => ({ name, commit: { sha: hash } }));
    },
  ),
};

/** The number of each project is made of its path, as this server keeps no projects. */
function projectNumber(path: string): number {
  let sum = 0;
  for (let at = 0; at < path.length; at++) sum = (sum * 7 + path.charCodeAt(at)) % 1_000_003;
  return sum;
}

export const gitlabRouter: Router = {
  getGitlabRepositories: query(z.object({ gitlabId: z.string() }), ({ gitlabId }, call) => {
    const provider = providerOf(call, "gitlab", gitlabId);
    return (provider === null ? [] : (call.world.repositories?.paths ?? [])).map((path) => ({
      id: projectNumber(path),
      name: path.slice(path.lastIndexOf("/") + 1),
      url: path,
      owner: { username: path.split("/")[0] },
    }));
  }),
  getGitlabBranches: query(
    z.object({
      ...shape,
      id: z.coerce.number().optional(),
      gitlabId: z.string().optional(),
    }),
    async ({ gitlabId, id, owner, repo }, call) => {
      const provider = providerOf(call, "gitlab", gitlabId);
      const path = `${owner}/${repo}`;
      if (provider === null || id !== projectNumber(path)) return [];
      const list = await branchesOf(call, provider, path);
      return list.map(({ name, hash }) => ({ name, commit: { id: hash } }));
    },
  ),
};
