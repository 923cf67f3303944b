// A folder of compose files becomes manifests; what cannot run is told at its line.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { exportCompose } from "../../src/export/from-compose.ts";
import { createSecretBook } from "../../src/export/secret-book.ts";
import { exportHasher } from "../support/made-up-server.ts";

function exported(files: Readonly<Record<string, string>>) {
  const book = createSecretBook();
  const encoder = new TextEncoder();
  const given = Object.entries(files).map(([path, text]) => ({
    path,
    content: encoder.encode(text),
  }));
  const options = { title: "home", mode: "detected", book, hasher: exportHasher } as const;
  return { ...exportCompose(given, options), book };
}

const queue = `# The queue
services:
  web:
    image: nginx:\${TAG} # pinned
    environment:
      DB_PASSWORD: hunter2-hunter2
      MODE: live
    volumes: [data:/data]
volumes:
  data: {}
`;

test("each folder is a stack, with .env as its env and secrets taken out of both", () => {
  const { stacks, files, problems, book } = exported({
    "My Queue/docker-compose.yml": queue,
    "My Queue/.env": "TAG=1.27\nAPI_TOKEN=ghp_abcdefghijklmnop0123456789\n",
    "blog/compose.yaml": "services:\n  web:\n    image: ghost:5\n",
    "notes/readme.md": "nothing",
  });
  expect(problems).toEqual([]);
  expect(stacks).toEqual(["my-queue", "blog"]);
  expect([...files.keys()].sort()).toEqual([
    "blog.compose.yaml",
    "blog.yaml",
    "my-queue.compose.yaml",
    "my-queue.yaml",
  ]);
  expect(parse(files.get("my-queue.yaml")!)).toMatchObject({
    metadata: { name: "my-queue" },
    spec: {
      compose: {
        "my-queue": {
          file: "./my-queue.compose.yaml",
          env: {
            TAG: "1.27",
            API_TOKEN: "$(secrets.my-queue-api-token)",
            WEB_DB_PASSWORD: "$(secrets.my-queue-web-db-password)",
          },
        },
      },
    },
  });
  expect(files.get("my-queue.compose.yaml")).toBe(
    queue.replace("hunter2-hunter2", '"${WEB_DB_PASSWORD}"'),
  );
  expect(files.get("blog.compose.yaml")).toBe("services:\n  web:\n    image: ghost:5\n");
  expect(book.value("my-queue-web-db-password")).toBe("hunter2-hunter2");
});

test("what Dokploy cannot run is told at its line, and its stack alone is left out", () => {
  const { stacks, problems } = exported({
    "good/compose.yaml": "services:\n  web:\n    image: ghost:5\n",
    "bad/compose.yaml":
      "services:\n  web:\n    image: ghost:5\n    volumes:\n      - ./data:/data\n",
  });
  expect(stacks).toEqual(["good"]);
  expect(problems.map(({ place, message }) => [place, message])).toEqual([
    [
      { file: "bad/compose.yaml", line: 5, column: 9 },
      expect.stringContaining("mounts a folder beside the file") as string,
    ],
  ]);
});
