// What is taken for a secret, by name, by form and by how random it is; and what is left in the open.
import { expect, test } from "vitest";
import { isSecretName, looksSecret } from "../../src/export/secret-signs.ts";

test.each([
  ["DB_PASSWORD", "12345"],
  ["dbPassword", "x"],
  ["POSTGRES_PASSWORD", "true"],
  ["API_KEY", "abc"],
  ["SENTRY_DSN", "https://k@sentry.example.com/1"],
  ["ACCESSTOKEN", "abc"],
  ["app.secret", "abc"],
  ["JWT", "abc"],
])("%s is a secret by its name", (name, value) => {
  expect(isSecretName(name, value)).toBe(true);
});

test.each([
  ["MODE", "live"],
  ["TOKEN_TTL", "3600"],
  ["USE_TOKEN", "true"],
  ["API_KEY", ""],
  ["DB_PASSWORD", "${{project.DB_PASSWORD}}"],
  ["DB_PASSWORD", "${DB_PASSWORD:-}"],
  ["MONKEY", "george"],
  ["COMPASS", "north"],
])("%s=%s is none by its name", (name, value) => {
  expect(isSecretName(name, value)).toBe(false);
});

test.each([
  "postgres://shop:hunter2@db:5432/shop",
  "-----BEGIN RSA PRIVATE KEY-----\nabc",
  "ghp_abcdefghijklmnop0123456789",
  "sk-proj-abcdefghijklmnop",
  "https://hooks.slack.com/services/T0/B0/x",
  "password = hunter2",
  "--requirepass hunter2",
  "9f86d081884c7d659a2feaa0c55ad015",
  "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==",
])("%s reads like a secret", (text) => {
  expect(looksSecret(text)).toBe(true);
});

test.each([
  "postgres://db:5432/shop",
  "https://shop.example.com/a/long/path/of/words?page=2",
  "postgres://shop:${PASSWORD}@db/shop",
  "server { listen 8080; root /usr/share/nginx/html; }",
  "ghcr.io/acme/shop:1.4.2",
  "Europe/Amsterdam",
  "a-name-with-many-words-in-it",
])("%s does not", (text) => {
  expect(looksSecret(text)).toBe(false);
});

test("a text of any length is looked at in a moment", () => {
  const long = `${"a".repeat(200_000)} ${"password".repeat(20_000)}`;
  const began = performance.now();
  looksSecret(long);
  expect(performance.now() - began).toBeLessThan(2_000);
});
