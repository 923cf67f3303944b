// A pull request as Git hosts show one, with the comment that Capstan wrote: for a picture.
import { Marked } from "marked";
import { escapeHtml } from "../../../src/http/docs/markdown.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#d4dae1, #30363d); --muted: light-dark(#5b6470, #8d96a0);
  --panel: light-dark(#f5f7f9, #161b22); --ok: light-dark(#1a7f37, #3fb950); }
body { margin: 0; padding: 24px 32px; background: light-dark(#fff, #0d1117); color: light-dark(#1c2128, #e6edf3);
  font: 14px/1.5 Inter, system-ui, sans-serif; }
h1 { margin: 0 0 4px; font-size: 24px; font-weight: 500; } h1 span { color: var(--muted); font-weight: 300; }
.from { margin: 0 0 16px; color: var(--muted); }
.open { display: inline-block; padding: 3px 12px; margin-right: 8px; border-radius: 999px; background: light-dark(#1a7f37, #238636); color: #fff; font-weight: 500; }
.from code, td code, p code, li code { padding: 2px 6px; border-radius: 6px; background: light-dark(#eef1f4, #21262d); font: 12px/1.5 ui-monospace, monospace; }
.box { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.box header { padding: 8px 16px; border-bottom: 1px solid var(--line); background: var(--panel); color: var(--muted); }
.box header b { color: light-dark(#1c2128, #e6edf3); font-weight: 600; }
.comment { padding: 4px 16px 12px; }
.comment h2 { margin: 12px 0 8px; padding-bottom: 6px; border-bottom: 1px solid var(--line); font-size: 19px; line-height: 1.35; font-weight: 600; }
.comment h3 { margin: 14px 0 6px; font-size: 16px; font-weight: 600; } .comment p { margin: 8px 0; } .comment ul { margin: 8px 0; padding-left: 22px; }
table { border-collapse: collapse; margin: 8px 0; } td, th { padding: 5px 12px; border: 1px solid var(--line); text-align: left; font-weight: 400; }
.check { display: flex; gap: 10px; margin-top: 16px; padding: 12px 16px; } .check b { font-weight: 600; }
.check i { color: var(--ok); font-style: normal; font-weight: 700; } .check span { color: var(--muted); }
`;

export function pullRequestPage(pull: {
  readonly title: string;
  readonly number: number;
  readonly check: string;
  /** As Markdown. */
  readonly comment: string;
}): string {
  const { title, number, check, comment } = pull;
  const body = new Marked({ gfm: true }).parse(comment, { async: false });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>${style}</style></head><body>
<h1>${escapeHtml(title)} <span>#${number}</span></h1>
<p class="from"><span class="open">Open</span> ada wants to merge 1 commit into <code>main</code> from <code>release</code></p>
<div class="box"><header><b>capstan</b> commented now</header><div class="comment">${body}</div></div>
<div class="box check"><i>✓</i><b>capstan/plan</b> <span>${escapeHtml(check)}</span></div>
</body></html>`;
}
