import * as fs from 'node:fs';
import * as path from 'node:path';

/** A cdk8s project: the nearest folder, from `start` upwards, with a cdk8s.yaml. */
export function projectRoot(start: string): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'cdk8s.yaml'))) return folder;
    if (folder === path.dirname(folder)) {
      throw new Error(
        `no cdk8s.yaml in ${path.resolve(start)} or above it; run seda inside the project`,
      );
    }
  }
}

/**
 * Runs the project's app in this process with `outdir` as its output folder, the way `cdk8s synth`
 * runs it in another. The app is `main.js` where the project is compiled and `main.ts` elsewhere.
 *
 * @param fault takes what the app says on standard error
 * @returns false when the app has reported faults
 * @throws Error when the app does not load
 */
export function runApp(root: string, outdir: string, fault: (text: string) => void): boolean {
  /* eslint-disable no-restricted-globals -- the app is any program that cdk8s can run, and reads them itself */
  const compiled = path.join(root, 'main.js');
  process.env.CDK8S_OUTDIR = outdir;
  process.exitCode = undefined;
  const { error } = console;
  console.error = (...texts) => fault(texts.join(' '));
  try {
    if (fs.existsSync(compiled)) {
      loader().runCompiled(compiled);
    } else {
      loader().runTypeScript(path.join(root, 'main.ts'), root);
    }
  } finally {
    console.error = error;
  }
  const good = !process.exitCode;
  process.exitCode = undefined;
  /* eslint-enable no-restricted-globals */
  return good;
}

/** The exports of a TypeScript file of the project, by its path below the root. */
export function loadModule<T>(root: string, file: string): T {
  return loader().runTypeScript(path.join(root, file), root) as T;
}

interface Loader {
  runCompiled(file: string): unknown;
  runTypeScript(file: string, root?: string): unknown;
}

/** ops/load.cjs, which is not compiled: it stands beside this file or, seen from build/ops/cli.js, in ops/. */
function loader(): Loader {
  const folder = __filename.endsWith('.ts') ? __dirname : path.join(__dirname, '../../ops');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its place is known only when the command runs
  return require(path.join(folder, 'load.cjs'));
}
