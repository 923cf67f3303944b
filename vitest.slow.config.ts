// `npm run test:slow`: what takes too long for every look, and not too long for every commit.
import { configOf } from "./vitest.config.ts";

export default configOf("slow");
