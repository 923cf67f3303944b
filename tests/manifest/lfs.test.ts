// Capstan does not fetch from Git LFS: a pointer that stands for a file would be mounted as the pointer's text,
// or read as a manifest.
import { describe, expect, it } from "vitest";
import { load, messages, oneService } from "./support.ts";

const pointer = (size: number, more = ""): string =>
  `version https://git-lfs.github.com/spec/v1\n${more}oid sha256:${"4d7a".repeat(16)}\nsize ${size}\n`;
const mounting = oneService("mounts: [{ type: file, source: ./logo.svg, target: /logo.svg }]");

describe("a Git LFS pointer", () => {
  const takeOut =
    "take it out of LFS: git lfs untrack logo.svg, then git add --renormalize logo.svg and commit";
  for (const [what, text] of [
    ["as git lfs writes it", pointer(2048)],
    ["with extensions", pointer(2048, `ext-0-foo sha256:${"0".repeat(64)}\n`)],
    ["with Windows' line ends", pointer(2048).replaceAll("\n", "\r\n")],
    ["of LFS's first name", pointer(2048).replace("git-lfs", "hawser")],
  ] as const) {
    it(`is not mounted ${what}`, () => {
      const desired = load({ "a.yaml": mounting, "logo.svg": text });
      expect(messages(desired)).toEqual([
        `\`applications.web.mounts[0].source\` is a Git LFS pointer to a file of 2 KiB, which Capstan does not fetch: logo.svg (${takeOut})`,
      ]);
      expect(desired.problems[0]?.place).toMatchObject({ file: "a.yaml", line: 8 });
    });
  }

  it("to a file that is too large to mount is not to be taken out of LFS", () => {
    const desired = load({ "a.yaml": mounting, "logo.svg": pointer(5 * 1024 * 1024 + 100_000) });
    expect(messages(desired)).toEqual([
      "`applications.web.mounts[0].source` is a Git LFS pointer to a file of 5.1 MiB, which Capstan does not fetch: logo.svg (it is larger than 256 KiB: put it into the image or on a volume)",
    ]);
  });

  it("in place of a manifest or a template removes nothing", () => {
    const desired = load({ "team/a.yaml": pointer(700), "b.yaml": oneService("", "b") });
    expect(desired.problems).toMatchObject([
      {
        place: { file: "team/a.yaml", line: 1, column: 1 },
        message: "is a Git LFS pointer to a file of 700 bytes, which Capstan does not fetch",
        hint: "take it out of LFS: git lfs untrack team/a.yaml, then git add --renormalize team/a.yaml and commit",
      },
    ]);
    expect(desired.namesUnknown).toBe(true);
    expect(desired.stacks.map(({ name }) => name)).toEqual(["b"]);
  });

  it("is only what has its form", () => {
    const text = `About https://git-lfs.github.com/spec/v1\n${pointer(10)}`;
    const desired = load({ "a.yaml": mounting, "logo.svg": text });
    expect(desired.problems).toEqual([]);
  });
});
