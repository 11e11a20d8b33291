#!/usr/bin/env node
// Stands in for node-gyp when prebuildify calls it: builds with cmake-js as the set-up does, and puts the addon where
// prebuildify looks for it, `build/Release` below its working folder (which it empties, so not our own build folder).
import { copyFileSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ADDON_FILES, addonStep } from "./setup/addon.mjs";

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const step = addonStep(root);
if (!step.isDone()) await step.run((message) => console.log(`[${step.name}] ${message}`));

const target = join(process.cwd(), "build", "Release");
mkdirSync(target, { recursive: true });
for (const name of ADDON_FILES) copyFileSync(join(root, "build", "Release", name), join(target, name));
