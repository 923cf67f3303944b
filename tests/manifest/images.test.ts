// `image` follows the reference grammar of the distribution project, as Docker reads it: what Docker would
// refuse is refused before anything is written, with the text to write instead.
import { describe, expect, it } from "vitest";
import { load, messages, oneService } from "./support.ts";

const hex = "0123456789abcdef".repeat(4);
const service = (image: string): string =>
  oneService("").replace("image: nginx", `image: ${JSON.stringify(image)}`);
const told = (image: string): readonly string[] => messages(load({ "a.yaml": service(image) }));

describe("an image that Docker takes", () => {
  for (const image of [
    "nginx",
    "nginx:1.27-alpine",
    "library/nginx:v1_0.x",
    "ghcr.io/acme/shop_api/web--app:1.4.2",
    "localhost/app",
    "localhost:5000/app:1",
    "Registry.example.com:5000/a/b__c.d-e:1",
    "[2001:db8::1]:5000/app",
    `nginx@sha256:${hex}`,
    `ghcr.io/acme/shop:1@sha256:${hex}`,
    `nginx@sha512:${hex}${hex}`,
    `nginx:${"a".repeat(128)}`,
  ]) {
    it(`is taken: ${image.slice(0, 60)}`, () => expect(told(image)).toEqual([]));
  }
});

describe("an image that Docker refuses", () => {
  const cases: readonly (readonly [image: string, message: string, hint: string])[] = [
    ["Nginx:1", "must be in lower case", "write nginx:1"],
    ["ghcr.io/Acme/Shop:RC1", "must be in lower case", "write ghcr.io/acme/shop:RC1"],
    ["nginx:", "has no tag after `:`", "name a version, such as nginx:1.2, or write nginx"],
    ["http://x/y:1", "cannot begin with http://", "write x/y:1"],
    ["docker://nginx", "cannot begin with docker://", "write nginx"],
    [
      "ghcr.io/a/b:v1.0+meta",
      "has a tag with `+` in it",
      "a tag has letters, digits, _ . and -, and does not begin with . or -",
    ],
    [
      "nginx:-1",
      "has a tag that begins with `-`",
      "a tag has letters, digits, _ . and -, and does not begin with . or -",
    ],
    ["nginx:1:2", "has more than one `:` in its tag", "write nginx:1"],
    [`nginx:${"a".repeat(200)}`, "has a tag of 200 characters", "a tag has at most 128"],
    ["nginx:1 ", "cannot hold spaces", "write nginx:1"],
    ["nginx@", "has no digest after `@`", "write nginx"],
    [
      "nginx@sha256:abc",
      "has a digest that is not complete",
      "a digest is sha256: and 64 of 0-9, a-f; docker image inspect shows it",
    ],
    [
      `nginx@sha256:${hex.toUpperCase()}`,
      "has a digest that is not complete",
      "a digest is sha256: and 64 of 0-9, a-f; docker image inspect shows it",
    ],
    [
      `nginx@md5:${hex}`,
      "has a digest that is not complete",
      "a digest is sha256: and 64 of 0-9, a-f; docker image inspect shows it",
    ],
    ["ghcr.io//b", "has an empty part between slashes", "such as ghcr.io/acme/shop:1.4.2"],
    ["ghcr.io/a/", "has an empty part between slashes", "such as ghcr.io/acme/shop:1.4.2"],
    ["/nginx", "has an empty part between slashes", "such as ghcr.io/acme/shop:1.4.2"],
    [
      "acme/-shop",
      "has a part that is not a name: -shop",
      "a-z and 0-9, between them single dots, one or two underscores, or hyphens",
    ],
    [
      "a..b",
      "has a part that is not a name: a..b",
      "a-z and 0-9, between them single dots, one or two underscores, or hyphens",
    ],
    [
      "-x.example.com/app",
      "has a registry that is not a host name: -x.example.com",
      "such as ghcr.io/acme/shop:1.4.2",
    ],
    [
      "ghcr.io:port/app",
      "has a registry that is not a host name: ghcr.io:port",
      "such as ghcr.io/acme/shop:1.4.2",
    ],
    [hex, "cannot be 64 hexadecimal digits alone", "name a repository, such as nginx"],
    [`a/${"b".repeat(260)}`, "has a name of 262 characters", "a name has at most 255"],
  ];
  for (const [image, message, hint] of cases) {
    it(`is told: ${image.slice(0, 60)}`, () =>
      expect(told(image)).toEqual([`\`applications.web.image\` ${message} (${hint})`]));
  }

  it("is told at its place, in a template that no stack uses too", () => {
    const text = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: t }
spec:
  parameters: { tag: {} }
  stack:
    applications:
      web: { image: "Nginx:1" }
      api: { image: "nginx:$(parameters.tag)" }
`;
    const { problems } = load({ "a.yaml": text });
    expect(problems).toMatchObject([
      { place: { file: "a.yaml", line: 8, column: 21 }, hint: "write nginx:1" },
    ]);
  });

  it("is told when a reference made it so", () => {
    const text = service("ghcr.io/acme/$(env.STACK_NAME):1");
    const loaded = load({ "a.yaml": text }, { variables: { STACK_NAME: "Shop" } });
    expect(messages(loaded)).toEqual([
      "`applications.web.image` must be in lower case (write ghcr.io/acme/shop:1)",
    ]);
  });
});
