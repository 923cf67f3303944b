// The lines of a deployment's log that say why it failed; the logs are as Dokploy v0.30.2 writes them.
import { expect, test } from "vitest";
import { tellingLines } from "../../../src/engine/rollout/telling-lines.ts";

test("what only repeats that it failed is left out, and marks with it", () => {
  const log = [
    "Initializing deployment",
    "Pulling ghcr.io/acme/missing:1",
    "Error response from daemon: manifest for ghcr.io/acme/missing:1 not found",
    "❌ Pulling image failed",
    "Error occurred ❌, check the logs for details.",
  ];
  expect(tellingLines(log, 3)).toEqual([
    "Error response from daemon: manifest for ghcr.io/acme/missing:1 not found",
  ]);
});

test("where nothing else was said, those lines are better than none", () => {
  expect(tellingLines(["❌ Pulling image failed", "", "✅"], 3)).toEqual(["Pulling image failed"]);
  expect(tellingLines([], 3)).toEqual([]);
});

test("without a word of trouble the last steps are told", () => {
  expect(tellingLines(["Cloning", "Building", "Pushing"], 2)).toEqual(["Building", "Pushing"]);
});

test("words of other languages, arrows within and prompts stay", () => {
  expect(tellingLines(["größe: 3 < 5", "a -> b", "$ npm ci"], 3)).toEqual([
    "größe: 3 < 5",
    "a -> b",
    "$ npm ci",
  ]);
});

test("lines that repeat but for their time are one, in order, without the time", () => {
  const log = [
    "2026-11-28T17:30:01.123456789Z Error: listen EADDRINUSE",
    "[2026-11-28 17:30:02] Error: cannot read config",
    "2026-11-28T17:30:07.123456789Z Error: listen EADDRINUSE",
    "2026-11-28 17:30:08,500 Error: cannot read config",
  ];
  expect(tellingLines(log, 3)).toEqual(["Error: listen EADDRINUSE", "Error: cannot read config"]);
});

test("Dokploy's closing words go in each of their forms", () => {
  const log = [
    "No such image: acme/web:9",
    "❌ Pulling image failed",
    "Error occurred ❌, check the logs",
  ];
  expect(tellingLines(log, 3)).toEqual(["No such image: acme/web:9"]);
});
