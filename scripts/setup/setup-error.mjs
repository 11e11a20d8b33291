import { spawnSync } from "node:child_process";

/** A set-up step that cannot go on: one sentence that says why, and the command that mends it. */
export class SetupError extends Error {
  /**
   * @param {string} message one sentence
   * @param {string} mend the command that mends it
   */
  constructor(message, mend) {
    super(message);
    this.name = "SetupError";
    this.mend = mend;
  }
}

/**
 * The command that installs a system package with the package manager of this machine.
 * @param {{ apt: string, dnf?: string, apk?: string, pacman?: string, brew?: string }} names the package, by manager
 */
export function installCommand(names) {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  if (process.platform === "darwin") return `brew install ${names.brew ?? names.apt}`;
  if (isCommand("apt-get")) return `${sudo}apt-get update && ${sudo}apt-get install -y ${names.apt}`;
  if (isCommand("dnf")) return `${sudo}dnf install -y ${names.dnf ?? names.apt}`;
  if (isCommand("pacman")) return `${sudo}pacman -S --noconfirm ${names.pacman ?? names.apt}`;
  if (isCommand("apk")) return `${sudo}apk add ${names.apk ?? names.apt}`;
  return `${sudo}apt-get install -y ${names.apt}`;
}

/**
 * Whether a command of this name can be started.
 * @param {string} name
 */
export function isCommand(name) {
  return commandVersion(name) !== undefined;
}

/**
 * First line of `name --version`, or undefined when the command is not there.
 * @param {string} name
 */
export function commandVersion(name) {
  const asked = spawnSync(name, ["--version"], { encoding: "utf8" });
  if (asked.error || asked.status !== 0) return undefined;
  return (asked.stdout || asked.stderr).split("\n")[0];
}
