// How a check tells a problem: at the path of the value in what is checked.
import type { Path } from "./tree.ts";

export type Tell = (path: Path, message: string, hint?: string | null, on?: "key") => void;
