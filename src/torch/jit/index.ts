/** Programs from files: TorchScript, and models compiled ahead of time. */
export { type LoadPackageOptions, loadPackage, PackageModule } from "./package.js";
export { type LoadScriptOptions, load, ScriptModule } from "./script.js";
