// W7b: whose failure it is, by texts that were recorded on a real server and by those of public bug reports.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { failureCause } from "../../../src/engine/rollout/failure-causes.ts";

function recorded(name: string): string {
  const file = new URL(`../../recordings/${name}.json`, import.meta.url);
  const { response } = JSON.parse(readFileSync(file, "utf8")) as { response: unknown };
  return typeof response === "string" ? response : (response as { message: string }).message;
}

const registry = "the registry could not be reached";
const name = "the registry's name could not be resolved (is it spelled right?)";
const git = "the Git server could not be reached";
const daemon = "the docker daemon could not be reached";
const disk = "no space is left on the server's disk";

const ssh = "the server could not be reached over ssh";

const platform: readonly (readonly [says: string, text: string])[] = [
  // By Dokploy's source of v0.30.2.
  [ssh, "SSH connection error: connect ECONNREFUSED 192.0.2.7:22"],
  [ssh, "SSH connection error: Timed out while waiting for handshake"],
  [ssh, "No SSH key available for this server"],
  [ssh, "Authentication failed: Invalid SSH private key. The SSH key was not accepted."],
  [name, recorded("postgres.deploy-image-missing")],
  [
    registry,
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    registry,
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout',
  ],
  [
    registry,
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp 192.0.2.1:443: i/o timeout',
  ],
  [
    registry,
    'Error response from daemon: Get "http://localhost:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
  ],
  [registry, 'Error response from daemon: Get "https://ghcr.io/v2/": EOF'],
  [registry, "error pulling image configuration: download failed after attempts=6: unexpected EOF"],
  [
    registry,
    'ERROR: failed to solve: node:22: failed to resolve source metadata for docker.io/library/node:22: failed to do request: Head "https://registry-1.docker.io/v2/library/node/manifests/22": dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution',
  ],
  [
    "the registry allows no more pulls for now",
    "Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading",
  ],
  [
    "the registry answered with an error of its own",
    "Error response from daemon: received unexpected HTTP status: 503 Service Unavailable",
  ],
  [
    "the registry answered with an error of its own",
    'failed to resolve reference "ghcr.io/a/b:1": unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 502 Bad Gateway',
  ],
  [disk, "failed to register layer: write /usr/local/lib/python3.9/x.so: no space left on device"],
  [
    disk,
    'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1\nnpm error ENOSPC: no space left on device, write',
  ],
  [daemon, "connect ENOENT /var/run/docker.sock"],
  [daemon, "connect ECONNREFUSED /var/run/docker.sock"],
  [
    daemon,
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  ],
  [
    "the swarm has no manager that answers",
    "Error response from daemon: rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online.",
  ],
  [
    git,
    "fatal: unable to access 'https://git.example/a/b.git/': Could not resolve host: git.example",
  ],
  [
    git,
    "fatal: unable to access 'https://git.example/a/b.git/': Failed to connect to git.example port 443 after 130 ms: Couldn't connect to server",
  ],
  [git, "ssh: connect to host git.example port 22: Connection timed out"],
];

test.each(platform)("W7b the platform's: %s", (says, text) => {
  expect(failureCause(text.split("\n"))).toEqual({ kind: "platform", says });
});

test.each([
  recorded("deployment.readLogs-bad-image"),
  recorded("postgres.deploy-no-such-image"),
  "Error response from daemon: pull access denied for acme/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  'Error response from daemon: Head "https://ghcr.io/v2/acme/web/manifests/1": unauthorized',
  "Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries",
  "exec /usr/local/bin/docker-entrypoint.sh: exec format error",
  // A step of the build that could not download something is the build's own.
  'curl: (6) Could not resolve host: nowhere.example\nERROR: failed to solve: process "/bin/sh -c curl https://nowhere.example" did not complete successfully: exit code: 6',
  "The command '/bin/sh -c npm ci' returned a non-zero code: 1",
  "failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
  "fatal: Remote branch nope not found in upstream origin",
  "fatal: repository 'https://git.example/a/b.git/' not found",
  "Git Provider not found",
])("W7 the image's or the build's: %s", (text) => {
  expect(failureCause(text.split("\n"))).toEqual({ kind: "image" });
});

test.each([
  "the deployment failed",
  "EISDIR: illegal operation on a directory, open '/etc/dokploy/x'",
  "",
])("W7 what no row knows counts: %j", (text) => {
  expect(failureCause([text])).toEqual({ kind: "unknown" });
});
